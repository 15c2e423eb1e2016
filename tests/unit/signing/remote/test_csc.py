"""CSC v1 and v2 against the test service: one authorisation, right values, and every mistake named."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

import vnsign
from tests.unit.signing.remote.support import ECDSA, OTP, PIN, PKI, PSS, RSA, TOKEN, Asked, client, order, signer
from tests.unit.signing.support import AT
from vnsign._batch import Terms, sign_many
from vnsign.errors import AuthorizationRefusedError, ConfigurationError, SignerUnavailableError, SigningError
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import SignatureAlgorithm, SignedValue
from vnsign.signing.means import Means
from vnsign.signing.remote.csc_http import CscEndpoint
from vnsign.signing.remote.protocol import Done, Pending, Transaction, finish
from vnsign.signing.remote.signer import RemoteSigner
from vnsign.signing.signer import Signer
from vnsign.signing.value_check import checked_value
from vnsign.testing.csc import CscBehaviour, CscLie, serve_csc
from vnsign.testing.documents import declaration_xml, result_pdf
from vnsign.testing.servers import Reply

VERSIONS = ("v1", "v2")
versions = pytest.mark.parametrize("version", VERSIONS)


def refused(work, kind: type[SigningError] = SigningError) -> SigningError:
    with pytest.raises(kind) as refusal:
        work()
    said = refusal.value.message + refusal.value.hint
    assert PIN not in said
    assert OTP not in said
    assert TOKEN not in said
    return refusal.value


@versions
@pytest.mark.parametrize(
    ("name", "algorithm"),
    [
        ("citizen", RSA),
        ("citizen", PSS),
        ("citizen-rsa3072", replace(RSA, digest="sha512")),
        ("citizen-p256", ECDSA),
        ("citizen-p384", SignatureAlgorithm("ecdsa", "sha384", plain_ecdsa=True)),
    ],
)
def test_values_verify_under_the_certificate_in_their_order(version: str, name: str, algorithm: SignatureAlgorithm):
    with serve_csc(PKI, CscBehaviour(credentials=(name,))) as server:
        remote = signer(client(server, version))
        assert isinstance(remote, Signer)
        assert remote.chain == PKI.certificates("public-ca")
        data = [b"mot", b"hai", b"ba"]
        for item, value in zip(data, remote.sign(data, algorithm), strict=True):
            signed = SignedValue(item, algorithm, value)
            assert checked_value(PKI.certificate(name), signed) == value, "already in the form of the algorithm"


@versions
@pytest.mark.parametrize("document", [result_pdf(), declaration_xml()], ids=["pdf", "xml"])
def test_a_document_signed_remotely_verifies(version: str, document: bytes):
    with serve_csc(PKI) as server:
        signed = vnsign.sign(
            document, signer(client(server, version)), at=AT, trust=PKI.trust_store(), evidence=PKI.evidence(AT)
        )
    report = vnsign.verify(signed.data, trust=PKI.trust_store(), evidence=PKI.evidence(AT), at=AT)
    assert report.signatures[0].indication == "TOTAL-PASSED"


@versions
def test_two_thousand_are_signed_with_one_authorisation(version: str):
    """Chunks as large as the service takes, one PIN, one authorisation for all hashes."""
    pin = Asked(PIN)
    with serve_csc(PKI, CscBehaviour(credentials=("citizen-p256",), hashes_a_call=100)) as server:
        remote = signer(client(server, version, pin=pin, hashes_a_call=100))
        data = [f"document {number}".encode() for number in range(2_000)]
        values = remote.sign(data, ECDSA)
        assert len(values) == 2_000
        assert server.count("credentials/authorize") == 1
        assert server.count("signatures/signHash") == 20
        assert len(set(server.signed)) == 2_000
        authorised = next(body for method, body in server.requests if method == "credentials/authorize")
        assert authorised["numSignatures"] == 2_000
        assert len(authorised["hash" if version == "v1" else "hashes"]) == 2_000
    assert pin.times == 1


def test_a_batch_of_documents_is_one_authorisation():
    pin = Asked(PIN)
    documents = [DocumentSource(f"document-{number}", (result_pdf(), declaration_xml())[number % 2]) for number in range(30)]
    with serve_csc(PKI, CscBehaviour(hashes_a_call=8)) as server:
        remote = signer(client(server, pin=pin, hashes_a_call=8))
        means = Means(trust=PKI.trust_store(), evidence=PKI.evidence(AT))
        outcomes = list(sign_many(documents, remote, Terms(at=AT, means=means)))
        assert [item.error for item in outcomes] == [None] * 30
        assert server.count("credentials/authorize") == 1
        assert server.count("signatures/signHash") == 4
    assert pin.times == 1


def test_an_authorisation_is_renewed_between_calls_where_the_service_wants_it():
    with serve_csc(PKI, CscBehaviour(extends=True, hashes_a_call=3)) as server:
        values = signer(client(server, hashes_a_call=3)).sign([bytes([number]) for number in range(8)], RSA)
        assert len(values) == 8
        assert server.count("credentials/authorize") == 1
        assert server.count("credentials/extendTransaction") == 2


@versions
def test_a_one_time_code_is_sent_for_and_asked_for_once(version: str):
    code = Asked(OTP)
    with serve_csc(PKI, CscBehaviour(otp=True)) as server:
        signer(client(server, version, otp=code)).sign([b"a", b"b"], RSA)
        assert server.count("credentials/sendOTP") == (1 if version == "v1" else 0)
    assert code.times == 1


@versions
@pytest.mark.parametrize(("which", "code"), [("pin", "PIN_WRONG"), ("otp", "OTP_WRONG")])
def test_a_wrong_secret_is_sent_once_and_shown_nowhere(version: str, which: str, code: str):
    wrong = Asked("99887766")
    with serve_csc(PKI, CscBehaviour(otp=True)) as server:
        remote = signer(client(server, version, **{which: wrong}))
        error = refused(lambda: remote.sign([b"a"], RSA), AuthorizationRefusedError)
        assert error.code == code
        assert "99887766" not in error.message
        assert server.count("credentials/authorize") == 1
        assert server.count("signatures/signHash") == 0
        assert server.signed == []
    assert wrong.times == 1


@versions
def test_a_secret_that_is_wanted_and_not_there_is_said_before_anything_is_asked(version: str):
    with serve_csc(PKI) as server:
        service = client(server, version)
        service = replace(service, authorization=replace(service.authorization, pin=None))
        assert refused(lambda: signer(service).sign([b"a"], RSA)).code == "SECRET_NEEDED"
        assert server.count("credentials/authorize") == 0


@versions
def test_no_secret_is_sent_to_a_service_that_asks_for_none(version: str):
    pin = Asked(PIN)
    with serve_csc(PKI, CscBehaviour(pin=False)) as server:
        assert len(signer(client(server, version, pin=pin)).sign([b"a"], RSA)) == 1
        assert PIN not in str(server.requests)
    assert pin.times == 0


def test_the_token_is_sent_each_time_and_its_refusal_named():
    token = Asked("old")
    with serve_csc(PKI) as server:
        service = client(server, token=token)
        error = refused(service.certificates, AuthorizationRefusedError)
        assert error.code == "TOKEN_REFUSED"
        token.answer = TOKEN
        assert len(service.certificates()) == 1
        token.answer = "x\r\nX-Other: 1"
        with pytest.raises(ConfigurationError):
            service.certificates()


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (CscLie.HEXADECIMAL, "SIGNATURE_VALUE_WRONG"),
        (CscLie.WRONG_ORDER, "SIGNATURE_ORDER"),
        (CscLie.ONE_TOO_FEW, "REMOTE_ANSWER"),
        (CscLie.ONE_TOO_MANY, "REMOTE_ANSWER"),
        (CscLie.NOT_TEXT, "REMOTE_ANSWER"),
        (CscLie.OTHER_KEY, "SIGNATURE_VALUE_WRONG"),
        (CscLie.DIGESTED_AGAIN, "SIGNATURE_VALUE_WRONG"),
        (CscLie.EXPIRED_SAD, "AUTHORIZATION_EXPIRED"),
        (CscLie.LOST_ANSWER, "ANSWER_LOST"),
    ],
)
@versions
def test_each_lie_has_its_error_and_nothing_is_asked_for_twice(version: str, lie: CscLie, code: str):
    with serve_csc(PKI, CscBehaviour(lie=lie)) as server:
        remote = signer(client(server, version))
        assert refused(lambda: remote.sign([b"a", b"b", b"c"], RSA)).code == code
        assert server.count("credentials/authorize") == server.count("signatures/signHash") == 1


@pytest.mark.parametrize(
    ("lie", "words"),
    [(CscLie.HEXADECIMAL, "hexadecimal"), (CscLie.DIGESTED_AGAIN, "digested again"), (CscLie.OTHER_KEY, "key")],
)
def test_what_is_wrong_with_a_value_is_said(lie: CscLie, words: str):
    with serve_csc(PKI, CscBehaviour(lie=lie)) as server:
        assert words in refused(lambda: signer(client(server)).sign([b"a", b"b"], RSA)).message


GARBAGE = [
    Reply(b"", "application/json"),
    Reply(b"<html>", "text/html"),
    Reply(b"[1, 2]", "application/json"),
    Reply(b"{" * 100_000, "application/json"),
    Reply(b'{"a":' * 50_000, "application/json"),
    Reply(b'{"signatures": "AAAA", "SAD": 7, "credentialIDs": {"a": 1}, "cert": [], "key": 3}', "application/json"),
    Reply(b'{"signatures": [""], "SAD": "", "credentialIDs": [1], "cert": {"certificates": ["AAAA"]}}', "application/json"),
    Reply(b'{"signatures": ["?!"], "SAD": {}, "credentialIDs": ["\\ud800"], "multisign": -1}', "application/json"),
    Reply(b'{"signatures": [[]], "multisign": 1e99, "cert": {"certificates": ["MAA="]}}', "application/json"),
    Reply(b"0" * (1 << 20), "application/json", repeat=64),
    Reply(b'{"error": 7, "error_description": ["x"]}', "application/json", 400),
    Reply(b'{"error": "\\u0000\\n' + b"x" * 100_000 + b'"}', "application/json", 400),
    Reply(b"busy", "text/plain", 503),
    Reply(b"gone", "text/plain", 302),
]


@pytest.mark.parametrize("reply", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.parametrize(
    "method", ["credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash", "signatures/signPolling"]
)
def test_garbage_of_any_method_is_an_error_of_signing(method: str, reply: Reply):
    with serve_csc(PKI, CscBehaviour(faults={method: reply})) as server:

        def work() -> object:
            remote = signer(client(server, "v2", waits=True))
            return remote.sign([b"a"], RSA)

        error = refused(work)
        assert len(error.message) < 1_000
        assert "\n" not in error.message
        assert server.count("credentials/authorize") <= 1
        assert server.count("signatures/signHash") <= 1


@pytest.mark.parametrize("method", ["credentials/authorize", "signatures/signHash"])
def test_a_service_that_does_not_answer_in_time_is_not_asked_again(method: str):
    with serve_csc(PKI, CscBehaviour(faults={method: Reply(b"{}", delay=3)})) as server:
        remote = signer(client(server, seconds_to_act=0.4))
        assert refused(lambda: remote.sign([b"a"], RSA), SignerUnavailableError).code == "ANSWER_LOST"
        assert server.count(method) == 1


def test_a_gateway_that_gave_up_is_a_lost_answer_and_a_busy_service_is_not():
    for status, code in ((504, "ANSWER_LOST"), (429, "REMOTE_UNREACHABLE")):
        with serve_csc(PKI, CscBehaviour(faults={"signatures/signHash": Reply(b"", status=status)})) as server:
            assert refused(lambda running=server: signer(client(running)).sign([b"a"], RSA)).code == code
            assert server.count("signatures/signHash") == 1


def test_a_service_that_is_not_there_is_named():
    with serve_csc(PKI) as server:
        service = client(server)
    assert refused(service.certificates, SignerUnavailableError).code == "REMOTE_UNREACHABLE"


@versions
def test_more_than_one_authorisation_covers_is_refused_before_the_holder_is_asked(version: str):
    pin = Asked(PIN)
    with serve_csc(PKI, CscBehaviour(multisign=2)) as server:
        error = refused(lambda: signer(client(server, version, pin=pin)).sign([b"a", b"b", b"c"], RSA))
        assert error.code == "TOO_MANY_AT_ONCE"
        assert server.count("credentials/authorize") == 0
    assert pin.times == 0


def test_what_the_credential_does_not_do_is_refused_before_the_holder_is_asked():
    cases = [
        (CscBehaviour(algorithms=("1.2.840.113549.1.1.12",)), RSA, "ALGORITHM_UNFIT"),
        (CscBehaviour(), ECDSA, "ALGORITHM_UNFIT"),
        (CscBehaviour(), SignatureAlgorithm("ed25519"), "ALGORITHM_UNFIT"),
        (CscBehaviour(), replace(RSA, digest="sha1"), "ALGORITHM_UNFIT"),
    ]
    for behaviour, algorithm, code in cases:
        with serve_csc(PKI, behaviour) as server:
            assert refused(lambda how=algorithm, at=server: signer(client(at)).sign([b"a"], how)).code == code
            assert server.count("credentials/authorize") == 0


def test_the_key_is_named_as_the_service_names_it():
    for offered, sent in ((("1.2.840.113549.1.1.1",), "1.2.840.113549.1.1.1"), ((), "1.2.840.113549.1.1.11")):
        with serve_csc(PKI, CscBehaviour(algorithms=offered)) as server:
            signer(client(server)).sign([b"a"], RSA)
            assert server.requests[-1][1]["signAlgo"] == sent


def test_a_credential_that_changed_since_the_documents_were_prepared_is_not_used():
    with serve_csc(PKI) as server:
        remote = signer(client(server))
        other = replace(remote, credential=replace(remote.credential, certificate=PKI.certificate("agency")))
        assert refused(lambda: other.sign([b"a"], RSA)).code == "CERTIFICATE_CHANGED"
        assert server.count("credentials/authorize") == 0
    with serve_csc(PKI, CscBehaviour(status="suspended")) as server:
        service = client(server)
        remote = RemoteSigner(service, service.certificates()[0])
        assert refused(lambda: remote.sign([b"a"], RSA)).code == "CREDENTIAL_UNUSABLE"


def test_a_credential_is_chosen_by_name_and_only_one_needs_none():
    with serve_csc(PKI, CscBehaviour(credentials=("citizen", "citizen-p256"))) as server:
        service = client(server)
        assert refused(lambda: RemoteSigner.of(service)).code == "KEY_AMBIGUOUS"
        assert refused(lambda: RemoteSigner.of(service, "nobody")).code == "KEY_NOT_FOUND"
        assert RemoteSigner.of(service, "citizen-p256").certificate == PKI.certificate("citizen-p256")
    with serve_csc(PKI, CscBehaviour(status="revoked")) as server:
        assert refused(lambda: RemoteSigner.of(client(server))).code == "KEY_NOT_FOUND"


def test_a_service_that_writes_no_fields_of_certificates_is_asked_without_them():
    with serve_csc(PKI, CscBehaviour(cert_info=False)) as server:
        assert len(signer(client(server)).sign([b"a"], RSA)) == 1
        assert server.count("credentials/authorize") == 1


def test_an_authorisation_had_over_oauth_is_used():
    info = b'{"authMode": "oauth2code", "cert": {"certificates": ["%s"]}, "key": {}}' % base64.b64encode(
        PKI.certificate("citizen").der
    )
    with serve_csc(PKI, CscBehaviour(faults={"credentials/info": Reply(info, "application/json")})) as server:
        assert refused(lambda: signer(client(server)).sign([b"a"], RSA)).code == "SECRET_NEEDED"
        assert refused(lambda: signer(client(server, sad=lambda: "stale")).sign([b"a"], RSA)).code == "AUTHORIZATION_EXPIRED"
        assert server.requests[-1][1]["SAD"] == "stale"
        assert server.count("credentials/authorize") == 0


def test_a_service_that_answers_later_is_polled_by_whoever_has_the_transaction():
    """The transaction goes through JSON, as between two processes, and holds no secret."""
    with serve_csc(PKI, CscBehaviour(polls=2, hashes_a_call=2)) as server:
        service = client(server, "v2", waits=True, hashes_a_call=2)
        text = service.start(order(service, 5)).to_json()
        assert PIN not in text
        assert TOKEN not in text
        other = client(server, "v2", waits=True, pin=lambda: pytest.fail("asked again"))
        transaction = Transaction.from_json(text)
        assert not transaction.done
        for _ in range(20):
            found = other.poll(transaction)
            if isinstance(found, Done):
                break
            transaction = Transaction.from_json(found.transaction.to_json())
        assert isinstance(found, Done)
        assert len(finish(found)) == 5
        assert server.count("credentials/authorize") == 1
        assert server.count("signatures/signHash") == 3


def test_a_holder_who_confirms_on_the_phone_is_waited_for():
    with serve_csc(PKI, CscBehaviour(pin=False, confirms_after=3)) as server:
        remote = signer(client(server, "v2"))
        told: list[Transaction] = []
        remote = replace(remote, started=told.append)
        assert len(remote.sign([b"a", b"b"], RSA)) == 2
        assert server.count("credentials/authorizeCheck") == 3
        assert server.count("credentials/authorize") == server.count("signatures/signHash") == 1
        assert told[0].waits_for
        assert Transaction.from_json(told[0].to_json()) == told[0]


def test_a_transaction_is_polled_at_its_own_service_only():
    with serve_csc(PKI) as server:
        service = client(server)
        transaction = replace(service.start(order(service)), service="https://other.example/csc/v1")
        with pytest.raises(ConfigurationError):
            service.poll(transaction)


def test_a_poll_without_an_answer_is_pending():
    with serve_csc(PKI, CscBehaviour(polls=1)) as server:
        service = client(server, "v2", waits=True)
        assert isinstance(service.poll(service.start(order(service))), Pending)


@pytest.mark.parametrize("url", ["http://sign.example.vn/csc/v1", "ftp://127.0.0.1/", "sign.example.vn", ""])
def test_secrets_go_over_tls_only(url: str):
    with pytest.raises(ConfigurationError) as refusal:
        CscEndpoint(url)
    assert refusal.value.code == "TLS_REQUIRED"


def test_this_machine_is_not_reached_without_being_allowed():
    with serve_csc(PKI) as server:
        service = client(server)
        service = replace(service, endpoint=replace(service.endpoint, allow=()))
        refused(service.certificates, SignerUnavailableError)
        assert server.requests == []


def test_no_secret_is_shown():
    with serve_csc(PKI) as server:
        remote = signer(client(server))
        shown = repr(remote) + repr(remote.service.endpoint)
        assert "lambda" not in shown
        assert TOKEN not in shown
