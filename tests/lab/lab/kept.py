"""Keeps what the doctor saw of each case, with its right answers beside it: material for ablate.

    DIR/LAYER.NAME/case.json        {"layer", "name", "right": [...], "never": [...], "files": [...],
                                     "options": [...]}
    DIR/LAYER.NAME/1.json, ...      what mqtt-doctor explain is given
"""
import json
import pathlib

from . import cases


def right_answers(case):
    return sorted({*getattr(case, "right", ()), case.expected, *case.alike} - {"unknown"})


def _question_of(answer, questions):
    same = [question for question in questions if question.answer is answer]
    return (same or questions[-1:] or [None])[-1]


def _is_report(text):
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _files_of(question):
    """The reports that give the answer once more, and the options they were explained with."""
    if question.ask is not cases.explain:
        return [json.dumps(question.answer.report)], []
    files = [word for word in question.words if pathlib.Path(word).is_file()]
    options = [word for word in question.words if word not in files]
    texts = [pathlib.Path(file).read_bytes().decode(errors="replace") for file in files]
    if all(map(_is_report, texts)):
        return texts, options
    return [json.dumps(question.answer.report)], []  # a capture: the clients read from it


def keep(directory, case, answer, questions):
    """Before the lab of the case is gone, and its files with it."""
    question = _question_of(answer, questions)
    if question is None:
        return
    texts, options = _files_of(question)
    if not texts or not all('"facts"' in text for text in texts):
        return
    place = pathlib.Path(directory, f"{case.layer}.{case.name}".replace("/", "_"))
    place.mkdir(parents=True, exist_ok=True)
    names = [f"{number}.json" for number in range(1, len(texts) + 1)]
    for name, text in zip(names, texts):
        (place / name).write_text(text)
    (place / "case.json").write_text(json.dumps(
        {"layer": case.layer, "name": case.name, "right": right_answers(case),
         "never": list(getattr(case, "never", ())), "files": names, "options": options}, indent=1))
