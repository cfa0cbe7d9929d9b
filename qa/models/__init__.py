"""The embedding model: converted to ONNX once, then loaded and run."""
