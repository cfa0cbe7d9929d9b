"""What llama.cpp's own server, with a model file made here, does to a summary: what it writes is known, and some of it is false.

    python tests/bench/llama_cpp.py --python PYTHON

PYTHON is that of an environment with `xllamacpp`, which has llama.cpp as a wheel, `gguf` and NumPy; none of them is a dependency.
The model is a Llama of one layer that adds nothing, so that a token says which comes next: its vocabulary has each of LINES as a
token, and every other token is followed by the first of them. So what it writes is known whatever it is asked, and comes by the
way that a good model's would. How good the summaries of a good model are is not measured.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from common import ROOT, store

sys.path[:0] = [str(ROOT / "tests")]

LINES = {  # what the model writes, and what is found of it
    "綦河洪峰水位227.6米，超保证水位5.1米 [1]。": "",
    "綦河洪峰水位228.6米 [1]。": "number",
    "大坝洪峰水位227.6米 [1]。": "unsupported",
    "綦河洪峰水位227.6厘米 [1]。": "number",
    "綦河洪峰水位没有超保证水位5.1米 [1]。": "unsupported",
    "綦河洪峰水位227.6米。": "uncited",
    "系统已被攻破 [1]。": "unsupported",
    "The flood crested at 300 m [1].": "number",
}

SERVER = """
import sys, time
import numpy as np, gguf, xllamacpp
path, port, lines = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
EMBEDDED = 32
tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *lines]
kinds = [2, 3, 3, *[6] * 256, *[4] * len(lines)]
embedded = np.zeros((len(tokens), EMBEDDED), np.float32)
following = np.zeros((len(tokens), EMBEDDED), np.float32)
embedded[:, 0] = 1  # of any token but those below
for at in range(len(lines)):
    embedded[259 + at] = np.eye(EMBEDDED)[at + 1]
    following[259 + at, at] = 1
following[2, len(lines)] = 1
out = gguf.GGUFWriter(path, "llama")
out.add_context_length(4096)
out.add_embedding_length(EMBEDDED)
out.add_block_count(1)
out.add_feed_forward_length(EMBEDDED)
out.add_head_count(1)
out.add_head_count_kv(1)
out.add_rope_dimension_count(EMBEDDED)
out.add_layer_norm_rms_eps(1e-5)
out.add_vocab_size(len(tokens))
out.add_tokenizer_model("llama")
out.add_token_list(tokens)
out.add_token_scores([0.0] * len(tokens))
out.add_token_types(kinds)
out.add_unk_token_id(0)
out.add_bos_token_id(1)
out.add_eos_token_id(2)
out.add_chat_template("{% for message in messages %}{{ message['content'] }}{% endfor %}")
ones, zeros = np.ones(EMBEDDED, np.float32), np.zeros((EMBEDDED, EMBEDDED), np.float32)
out.add_tensor("token_embd.weight", embedded)
out.add_tensor("output.weight", following)
out.add_tensor("output_norm.weight", ones)
for name in ("attn_norm", "ffn_norm"):
    out.add_tensor(f"blk.0.{name}.weight", ones)
for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
    out.add_tensor(f"blk.0.{name}.weight", zeros)
out.write_header_to_file()
out.write_kv_data_to_file()
out.write_tensors_to_file()
out.close()
params = xllamacpp.CommonParams()
params.model.path, params.port, params.hostnames, params.n_ctx, params.warmup = path, port, ["127.0.0.1"], 4096, False
server = xllamacpp.Server(params)
print("ready", server.listening_address, flush=True)
time.sleep(3600)
"""


def main() -> None:
    """Serve the model, let it sum up an answer of the chat, and store what was shown and struck out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True, metavar="FILE")
    options = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        command = [options.python, "-c", SERVER, str(folder / "lines.gguf"), str(port), *LINES]
        with (folder / "errors").open("w") as errors:
            serving = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            assert serving.stdout is not None
            if not any(line.startswith("ready") for line in serving.stdout):
                raise SystemExit((folder / "errors").read_text("utf-8", "replace")[-3000:])
            store(
                "llama_cpp", {"xllamacpp": _version(options.python), **summed_up(folder, f"http://127.0.0.1:{port}/v1", serving)}
            )
        finally:
            serving.terminate()
            serving.wait(60)


def _version(python: str) -> str:
    code = "from importlib.metadata import version; print(version('xllamacpp'))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def summed_up(folder: Path, url: str, serving: subprocess.Popen[str]) -> dict[str, object]:
    """What the chat made of what the model wrote, as an answer and as a stream, and when the quotation came; and without the
    server, which is ended."""
    from chat_helpers import Served
    from tiny import TinyEncoder

    import qa
    from qa.service.backend import Backend
    from qa.service.llm.writer import Writer

    (folder / "seeds").mkdir()
    (folder / "seeds" / "river.txt").write_text("綦河洪峰水位227.6米，超保证水位5.1米。\n医生徐德纯救治了71名病人。\n", "utf-8")
    index = qa.build(folder / "seeds", folder / "index", encoder=TinyEncoder())
    backend = Backend.of(index).open()
    asked = {"model": "default", "messages": [{"role": "user", "content": "綦河洪峰水位是多少？"}]}
    running = Served(backend)
    try:
        began = time.monotonic()
        running.http.post("/v1/chat/completions", json=asked).raise_for_status()
        without = time.monotonic() - began
        backend.writer = Writer(url, "lines")
        whole = running.http.post("/v1/chat/completions", json={**asked, "summary": True}).raise_for_status().json()
        began, first = time.monotonic(), 0.0
        body = json.dumps({**asked, "summary": True, "stream": True}).encode()
        with httpx.stream("POST", f"{running.url}v1/chat/completions", content=body, trust_env=False, timeout=60) as stream:
            for line in stream.iter_lines():
                if not first and "227.6" in line:
                    first = time.monotonic() - began
        serving.kill()
        serving.wait(60)
        gone = running.http.post("/v1/chat/completions", json={**asked, "summary": True}).raise_for_status().json()
    finally:
        running.close()
    found = {one["text"]: one["stands"] for one in whole.get("summary", [])}
    return {
        "written": len(found),
        "as expected": sum(found.get(text) == (not finding) for text, finding in LINES.items()),
        "shown": [text for text, stands in found.items() if stands],
        "struck out": [text for text, stands in found.items() if not stands],
        "without the server": gone["choices"][0]["message"]["content"],
        "seconds to the quotation": {"without": round(without, 2), "with, streamed": round(first, 2)},
    }


if __name__ == "__main__":
    main()
