"""What a plain app of the same packages is, to compare with: paragraphs in faiss, the nearest one as the answer.

python tests/bench/plain_app.py PORT MODEL_FOLDER DOCUMENT INDEX_FILE
"""

import sys
from pathlib import Path

import faiss
import gradio as gr
from sentence_transformers import SentenceTransformer

port, folder, document, file = sys.argv[1:]
model = SentenceTransformer(folder, device="cpu")
passages = [line.strip() for line in Path(document).read_text("utf-8").splitlines() if line.strip()]
if Path(file).exists():
    index = faiss.read_index(file)
else:
    vectors = model.encode(passages, prompt="passage: ", normalize_embeddings=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, file)


def answer(question, history):
    vector = model.encode([question], prompt="query: ", normalize_embeddings=True)
    _, rows = index.search(vector, 5)
    return "\n\n".join(f"[{n}] {passages[row]}" for n, row in enumerate(rows[0], 1))


gr.ChatInterface(answer, title="Ask your documents").launch(server_port=int(port), quiet=True)
