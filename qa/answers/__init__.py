"""From passages to an answer: the answering span, its confidence, and citations that can be checked."""
