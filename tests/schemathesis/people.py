"""Whoever asks: each case is asked by one of many people, with the token that the chat itself takes."""

import base64
import hashlib
import hmac
import itertools
import json
import os
import time

NUMBERS = itertools.count()


def part(document):
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=")


def token(who):
    claims = {"sub": who, "iss": "https://id.test", "aud": "shop", "exp": int(time.time()) + 600}
    text = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(claims)
    signature = hmac.new(os.environ["DESK_SECRET"].encode(), text, hashlib.sha256).digest()
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


try:
    import schemathesis
except ImportError:  # `verify.py` needs the tokens only
    schemathesis = None

if schemathesis:

    @schemathesis.auth(refresh_interval=None)
    class Person:
        def get(self, case, context):
            return token(f"person-{next(NUMBERS) % 1000}")

        def set(self, case, data, context):
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}
