"""Whoever asks: each case is asked by one of many people, with the token that the chat itself takes."""

import base64
import hashlib
import hmac
import itertools
import json
import os
import time
import urllib.request

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

    # Made-up names and digests would never get as far as a decision: what is to be taken is about what is really shown.
    SHOWN = {}

    def shown(case):
        if not SHOWN:
            request = urllib.request.Request(f"{os.environ['DESK']}/api/overview")
            request.add_header("Authorization", f"Bearer {token('somebody')}")
            group = json.load(urllib.request.urlopen(request))["groups"][0]
            SHOWN["purposes"] = [purpose for purpose in group["purposes"] if purpose["choice"] != "none"]
        return next(itertools.islice(itertools.cycle(SHOWN["purposes"]), next(NUMBERS) % 7, None))

    @schemathesis.hook
    def before_call(context, case, **kwargs):
        positive = case.meta is None or str(getattr(case.meta.generation.mode, "value", "")) == "positive"
        if positive and case.operation.label == "POST /api/decisions" and isinstance(case.body, dict):
            purpose = shown(case)
            case.body |= {"consents": "shop", "purpose": purpose["name"], "text_digest": purpose["text_digest"]}
