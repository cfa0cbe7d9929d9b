"""A real server behind TLS that asks for a token: let in with both, and told at once what is wrong without one of them."""

from __future__ import annotations

import base64
import datetime
import ipaddress
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from served_helpers import core, free_port, own_caches  # noqa: F401
from tiny import TinyEncoder

import qa
from qa.errors import QAError

TOKEN = "user:a word that nobody guesses"


def certificate() -> tuple[bytes, bytes]:
    """A key and a certificate for 127.0.0.1 that it signs itself."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return private, made.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def guarded(core: Any, tmp_path: Path) -> Iterator[tuple[str, Path]]:  # noqa: F811
    """The URL of a collection behind a proxy that speaks TLS and passes on what comes with the token; and its certificate."""
    import grpc

    key, pem = certificate()
    (tmp_path / "server.pem").write_bytes(pem)
    expected = base64.b64encode(TOKEN.encode()).decode()

    class Proxy(grpc.GenericRpcHandler):  # type: ignore[misc]
        def service(self, details: Any) -> Any:
            def passed(request: bytes, context: Any) -> bytes:
                if dict(context.invocation_metadata()).get("authorization") != expected:
                    context.abort(grpc.StatusCode.UNAUTHENTICATED, "auth check failure, please check the token")
                try:
                    return behind.unary_unary(details.method)(request, timeout=60)
                except grpc.RpcError as error:
                    context.abort(error.code(), error.details())

            return grpc.unary_unary_rpc_method_handler(passed)

    most = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    behind = grpc.insecure_channel(f"127.0.0.1:{core.port}", most)
    proxy = grpc.server(ThreadPoolExecutor(8), [Proxy()], options=most)
    port = proxy.add_secure_port(f"127.0.0.1:{free_port()}", grpc.ssl_server_credentials([(key, pem)]))
    proxy.start()
    try:
        yield f"milvus+tls://127.0.0.1:{port}/guarded", tmp_path / "server.pem"
    finally:
        proxy.stop(0).wait()
        behind.close()


def test_a_server_behind_tls_is_used_with_its_certificate_and_token(
    guarded: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (url, pem), documents = guarded, tmp_path / "documents"
    documents.mkdir()
    (documents / "river.txt").write_text("綦河洪峰水位227.6米。", "utf-8")
    monkeypatch.setenv("QA_MILVUS_TOKEN", TOKEN)
    monkeypatch.setenv("QA_MILVUS_CA", str(pem))
    qa.build(documents, url, encoder=TinyEncoder())
    assert "227.6" in qa.open(url, encoder=TinyEncoder()).ask("綦河洪峰水位是多少？", threshold=0).text

    monkeypatch.setenv("QA_MILVUS_TOKEN", "user:another")
    with pytest.raises(QAError) as refused:
        qa.open(url, encoder=TinyEncoder())
    assert refused.value.code == "index.server_refused"
    assert "QA_MILVUS_TOKEN" in str(refused.value)

    monkeypatch.setenv("QA_MILVUS_CA", str(tmp_path / "none.pem"))
    with pytest.raises(QAError) as missing:
        qa.open(url, encoder=TinyEncoder())
    assert missing.value.code == "config.no_certificates"

    monkeypatch.delenv("QA_MILVUS_CA")
    monkeypatch.setenv("QA_SERVER_PATIENCE", "1")
    with pytest.raises(QAError) as unknown:  # signed by nobody who is trusted
        qa.open(url, encoder=TinyEncoder())
    assert unknown.value.code == "index.server_away"
