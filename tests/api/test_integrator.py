"""The client of `integrator.py` against a real server: from its own key to the verdict,
and a bundle that the command checks.
"""

import re
import subprocess
import sys
from pathlib import Path

import orjson
from django.conf import settings
from nacl.signing import SigningKey

from provenance.core import gs1
from provenance.core.record.vocabulary import Role
from provenance.models.parties import Scope
from provenance.services import keyring, ledger
from provenance.services.registry import parties
from tests.api import client as cast
from tests.api import integrator
from tests.api import server as servers

GTIN = gs1.make_gtin("952000", 77)


def test_a_client_written_from_the_docs_gets_from_its_own_key_to_a_verdict(
    process_env: dict[str, str], tmp_path: Path
) -> None:
    parties.bootstrap()
    roles = [Role.BRAND, Role.MAKER]
    parties.register(cast.MAKER, "Lantern & Loom", "NL", roles, prefixes=["952000"], keep_key=False)
    parties.register(cast.SHOP, "Kettle Row", "NL", [Role.RETAILER])
    registrar = cast.api_key(keyring.registrar().gln, Scope.KEYS)
    maker, shop = (
        cast.api_key(gln, Scope.READ, scope)
        for gln, scope in ((cast.MAKER, Scope.EVENTS), (cast.SHOP, Scope.ACTS))
    )
    with servers.running(process_env, tmp_path / "server.log") as server:
        base = f"http://127.0.0.1:{server.port}"
        client = integrator.Client(base, maker, SigningKey.generate())
        sold = integrator.run(
            integrator.Client(base, registrar),
            client,
            integrator.Client(base, shop),
            (cast.MAKER, cast.SHOP),
            GTIN,
        )
        ledger.anchor_pending()
        verdict = client.get("/verdicts", uri=sold[0]).json()
        bundles = {item: client.get("/bundles", uri=item).content for item in sold}
        trust = tmp_path / "trust.json"
        trust.write_bytes(client.session.get(f"{base}/ledger/trust.json", timeout=60).content)
    assert (verdict["verdict"], verdict["reasons"]) == ("RECORDS_CHECK_OUT", [])
    assert (verdict["state"]["situation"], verdict["loop"]["state"]) == ("sold", "closed")
    assert verdict["events"] == {"count": 6, "signers": 2, "anchored": 6, "late": 0, "corrected": 0}
    serial = re.compile(rb"/21/[A-Z0-9]+")
    for item, bundle in bundles.items():
        assert set(serial.findall(bundle)) == {item[item.index("/21/") :].encode()}
        assert len(orjson.loads(bundle)["records"]) == len(
            orjson.loads(bundles[sold[0]])["records"]
        )
        assert _checked(bundle, trust, item) == (0, "RECORDS_CHECK_OUT")


def _checked(bundle: bytes, trust: Path, item: str) -> tuple[int, str]:
    """The exit code and last line of the command."""
    command = [sys.executable, "-m", "provenance.core", "-", "--trust", str(trust)]
    done = subprocess.run(
        [*command, "--expect", item],
        input=bundle,
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout.decode().splitlines()[-1]


def test_the_client_is_short_and_uses_nothing_of_ours() -> None:
    source = Path(integrator.__file__).read_text()
    assert len([line for line in source.splitlines() if line.strip()]) <= 70
    assert re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE) == [
        "uuid",
        "typing",
        "requests",
        "nacl",
    ]
