"""Verifies a consent receipt of the desk with `joserfc`, and that a changed one does not verify."""

import json
import sys
import urllib.request

from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from people import token


def get(path, who=None):
    request = urllib.request.Request(sys.argv[1] + path)
    if who:
        request.add_header("Authorization", f"Bearer {token(who)}")
    return urllib.request.urlopen(request)


def main():
    keys = KeySet.import_key_set(json.load(get("/.well-known/jwks.json")))
    answer = get("/api/receipts/shop", "ada")
    assert answer.headers["content-type"] == "application/jose", answer.headers
    signed = answer.read().decode()
    receipt = json.loads(jws.deserialize_compact(signed, keys, algorithms=["ES256"]).payload)
    assert receipt["@type"] == "dpv:ConsentReceipt", receipt
    assert [key.thumbprint() == key.kid for key in keys.keys] == [True], "a key is named by its thumbprint"
    head, body, signature = signed.split(".")
    changed = ".".join([head, body[:-2] + ("AA" if body[-2:] != "AA" else "BB"), signature])
    try:
        jws.deserialize_compact(changed, keys, algorithms=["ES256"])
    except BadSignatureError:
        print("a consent receipt verifies, and a changed one does not")
        return
    raise SystemExit("a changed receipt verifies")


if __name__ == "__main__":
    main()
