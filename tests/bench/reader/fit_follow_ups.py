"""Fits the two models that tell what a follow-up means: `qa/conversation/likely.py`, by the words alone, and `READINGS` of
`qa/answers/follow_ups.py`, by what each of the likeliest readings finds.

    python tests/bench/reader/fit_follow_ups.py --rows ROWS --sets FOLDER [--single FILE ...] [--check FOLDER ...]
    python tests/bench/reader/fit_follow_ups.py --rows ROWS --check FOLDER ...

`tests/data/conversations.jsonl` has the conversations. One with a `set`, a folder of `--sets` (documents/ and questions.jsonl),
asks what the question `complete` of that set asks, so that its quotes are the gold. Others have a `reading`: "topic" where a
topic is left out, "slot" where words are replaced, "typed" where the question stands by itself and is to stay as it is. Further
questions that stand by themselves are those of the sets, after the one before them or any other one, and those of `--single`,
files in SQuAD format. Of a set that is not in `--sets` only the questions that stand by themselves are taken. In `--rows` the
indexes and what was found are kept. Nothing is fitted on the folders of `--check`: their follow-ups are those with a `history`
and those of the conversations. Without `--sets` the stored weights are only checked.
"""

from __future__ import annotations

import argparse
import gzip
import json
import pickle
import random
import sys
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[2])]

from common import json_lines
from examples import bare, of_source, places, quotes_of

import qa
from qa.answers import follow_ups
from qa.answers.confidence import Model
from qa.conversation import likely
from qa.conversation.readings import Completion, completions
from qa.conversation.turns import EarlierTurn
from qa.conversation.understand import follows, last_turn
from qa.index.index import Index
from qa.search.hashed import BINS, bins
from qa.search.retrieval import Evidence

CONVERSATIONS = HERE.parents[1] / "data" / "conversations.jsonl"
NEAR = 3  # of the first passages, which the reader reads at once: the right one is found when it is among them
MOST = 9  # readings of a follow-up that are searched for, to be fitted
NAMES = ("by_words", "typed", "both", "dense", "sentence", "own", "coverage", "same_row", "same_document")
SINGLE, SINGLE_FOUND = 150, 30  # of each set or file: for the words, and asked of the index
ANSWERED = "2019"  # what answered the question before, where that is not known
POSITIVE = 3.0  # weight of a follow-up against a question that stands by itself, which are many more
ALONE = 1.0  # weight of a question that stands by itself in choosing
BINS_PENALTY, PENALTY, SPREAD = 2e-3, 1e-3, 2e-2
STEPS = 150


@dataclass(slots=True)
class Group:
    """The readings of one question: their features, and which of them are right."""

    question: str
    earlier: str
    found: list[Completion]
    right: list[bool]
    weight: float = 1.0


# --- by the words -------------------------------------------------------------------------------------------------------------


def word_group(question: str, earlier: str, answer: str, right: Any, weight: float = 1.0) -> Group | None:
    """The readings of a question by its words; `right` says of a reading whether it is right."""
    found = [Completion(question, likely.TYPED), *completions(question, earlier, answer)]
    marks = [bool(right(one)) for one in found]
    return Group(question, earlier, found, marks, weight) if any(marks) and len(found) > 1 else None


def typed(one: Any) -> bool:
    return bool(one.kind == likely.TYPED)


def fit_words(groups: list[Group]) -> dict[str, np.ndarray]:
    """The weights of `likely.py`, fitted so that the readings that are right are likely."""
    torch.manual_seed(1)
    kinds = torch.zeros(len(likely.kind_features(groups[0].found[-1])), requires_grad=True)
    hashed = torch.zeros(BINS, likely.FAMILIES, requires_grad=True)
    whole = torch.zeros(likely.FAMILIES, len(likely.QUESTION_FEATURES), requires_grad=True)
    own = [bins(group.question) for group in groups]
    flat_bins = torch.tensor([number for each in own for number in each])
    starts = torch.tensor(np.cumsum([0, *map(len, own[:-1])]))
    shares = torch.tensor([1 / np.sqrt(max(len(each), 1)) for each in own for _ in each], dtype=torch.float32)
    questions = torch.tensor(np.array([likely.question_features(g.question, g.earlier) for g in groups]), dtype=torch.float32)
    flat = [(i, one, right) for i, group in enumerate(groups) for one, right in zip(group.found, group.right, strict=True)]
    owner = torch.tensor([i for i, _, _ in flat])
    of = torch.tensor([-1 if typed(one) else likely.family(one) for _, one, _ in flat])
    features = torch.tensor(np.array([likely.kind_features(one) for _, one, _ in flat]), dtype=torch.float32)
    right = torch.tensor([mark for _, _, mark in flat])
    weight = torch.tensor([group.weight for group in groups])
    optimizer = torch.optim.Adam([kinds, hashed, whole], lr=0.05)
    for _ in range(STEPS):
        spoken = torch.nn.functional.embedding_bag(flat_bins, hashed, starts, mode="sum", per_sample_weights=shares)
        families = spoken + questions @ whole.T
        logits = torch.where(of < 0, 0.0, families[owner, of.clamp(min=0)] + features @ kinds)
        loss = (nll(logits, owner, right, len(groups)) * weight).sum() / weight.sum()
        loss = loss + BINS_PENALTY * (hashed**2).sum() / 10 + PENALTY * ((kinds**2).sum() + (whole**2).sum())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"words: loss {float(loss.detach()):.3f} of {len(groups)} questions")
    return {"bins": hashed.detach().numpy().T, "question": whole.detach().numpy(), "kinds": kinds.detach().numpy()}


def nll(logits: torch.Tensor, owner: torch.Tensor, right: torch.Tensor, count: int) -> torch.Tensor:
    """The negative log of the share of the right readings in each group."""
    top = torch.full((count,), -1e9).scatter_reduce(0, owner, logits.detach(), "amax")
    odds = torch.exp(logits - top[owner])
    every = torch.zeros(count).index_add(0, owner, odds)
    good = torch.zeros(count).index_add(0, owner, odds * right)
    return torch.log(every) - torch.log(good.clamp(min=1e-9))


def store_words(weights: dict[str, np.ndarray]) -> None:
    scale = float(np.abs(weights["bins"]).max()) / 127
    np.savez_compressed(
        likely.WEIGHTS,
        bins=np.round(weights["bins"] / scale).astype(np.int8),
        scale=np.float32(scale),
        question=weights["question"].astype(np.float32),
        kinds=weights["kinds"].astype(np.float32),
    )
    likely._model.cache_clear()
    print(f"{likely.WEIGHTS.name}: {likely.WEIGHTS.stat().st_size:,} bytes")


# --- by what is found ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Asked:
    """A follow-up asked of an index: its readings, and of each the features of what it finds and whether that is right."""

    question: str
    turn: EarlierTurn
    found: list[Completion]
    values: list[dict[str, float]]
    right: list[bool]
    follow_up: bool = True


def ask(index: Index, history: list[str], question: str, gold: dict[str, Any], follow_up: bool = True) -> Asked | None:
    """The MOST likeliest readings of a question after `history`, searched for and read; None where nothing is to be chosen."""
    past: list[qa.Answer | str] = []
    for earlier in history:
        past.append(index.ask(earlier, history=past))
    turn = last_turn(map(follow_ups.as_turn, past))
    retriever = index.retriever
    alone = retriever.read(question)
    if turn is None or not follows(alone.text, turn):
        return None
    likely_ones = likely.readings(alone.text, turn)
    kept = [one for one, _ in likely_ones if not typed(one)][: MOST if follow_up else follow_ups.SEARCHED]
    asked = Asked(alone.text, turn, [], [], [], follow_up)
    for one in [Completion(alone.text, likely.TYPED), *kept]:
        evidence = retriever.gather(alone if typed(one) else retriever.read(one.text, whole=True))
        if evidence is None:
            continue
        asked.found.append(one)
        asked.values.append(follow_ups.weighed(retriever, one, 1.0, evidence, alone, turn).values)
        asked.right.append(rank_of(index, evidence, gold) < NEAR if follow_up else typed(one))
    return asked


def rank_of(index: Index, evidence: Evidence, gold: dict[str, Any]) -> int:
    """The place of the first passage that holds a quote, NEAR for none among the first."""
    passages = [index.paragraph(int(row)) for row in evidence.rows[:NEAR]]
    right = (i for i, passage in enumerate(passages) if of_source(gold, passage.source) and holds(passage.text, gold))
    return next(right, NEAR)


def holds(text: str, gold: dict[str, Any]) -> bool:
    """Whether a text holds a quote of a question, and the key of the right record."""
    key = bare(str(gold.get("row") or ""))[0]
    found = any(all(places(text, part) for part in quote) for quote in quotes_of(gold))
    return found and (not key or key in bare(text)[0])


def ask_set(folder: Path, rows: Path, entries: list[dict[str, Any]]) -> list[Asked]:
    """The conversations of a set and some of its questions that stand by themselves, asked of its index; kept in `rows`."""
    kept = rows / f"{folder.name}.pickle"
    if kept.exists():
        return list(pickle.loads(kept.read_bytes()))  # written below
    index = qa.build(folder / "documents", rows / folder.name)
    gold = questions_of(folder)
    by_text = {one["question"]: one for one in gold}
    made = [ask(index, one["history"], one["question"], by_text[one["complete"]]) for one in entries if follows_on(one, by_text)]
    alone = [(one["history"], one["question"]) for one in entries if stands_alone(one)]
    alone += [([a["question"]], b["question"]) for a, b in pairs(gold, SINGLE_FOUND)]
    made += [ask(index, history, question, {}, False) for history, question in alone]
    asked = [one for one in made if one is not None]
    kept.write_bytes(pickle.dumps(asked))
    print(f"{folder.name}: {len(asked)} asked", file=sys.stderr)
    return asked


def stands_alone(entry: dict[str, Any]) -> bool:
    """Whether the question of a conversation is to stay as it is."""
    return bool(entry.get("reading") == likely.TYPED)


def follows_on(entry: dict[str, Any], by_text: dict[str, Any]) -> bool:
    """Whether a conversation's last question is a follow-up whose answer is known."""
    return entry.get("complete") in by_text


def questions_of(folder: Path) -> list[dict[str, Any]]:
    return json_lines((folder / "questions.jsonl").read_text("utf-8"))


def pairs(gold: list[dict[str, Any]], most: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Questions that stand by themselves, at random: half after the one before in the file, mostly about the same document, the
    others after any other one."""
    chance = random.Random(5)
    alone = [one for one in gold if not one.get("history")]
    near = chance.sample([*pairwise(alone)], min(most // 2, max(0, len(alone) - 1)))
    far = [(chance.choice(alone), one) for one in chance.sample(alone, min(most - most // 2, len(alone)))]
    return near + [(a, b) for a, b in far if a["question"] != b["question"]]


def fit_readings(asked: list[Asked], shares: list[list[float]]) -> Model:
    """The weights of NAMES, by which the right reading of each question is chosen; `shares` are by the words."""
    groups = [(one, share) for one, share in zip(asked, shares, strict=True) if differs(one, share)]
    weight = torch.tensor([1.0 if one.follow_up else ALONE for one, _ in groups])
    flat = [
        (i, {**values, "by_words": np.log(max(share, follow_ups.LEAST_SHARE))}, right)
        for i, (one, own) in enumerate(groups)
        for values, share, right in zip(one.values, own, one.right, strict=True)
        if share >= 0
    ]
    matrix = np.array([[values[name] for name in NAMES] for _, values, _ in flat], np.float32)
    scale = matrix.std(0) + 1e-6
    features, owner = torch.tensor(matrix / scale), torch.tensor([i for i, _, _ in flat])
    right = torch.tensor([mark for _, _, mark in flat])
    weights = torch.zeros(len(NAMES), requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=0.05)
    for _ in range(STEPS):
        loss = (nll(features @ weights, owner, right, len(groups)) * weight).sum() / weight.sum() + SPREAD * (weights**2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    found = weights.detach().numpy() / scale
    return Model({name: round(float(weight), 3) for name, weight in zip(NAMES, found, strict=True)}, 0.0)


def differs(one: Asked, share: list[float]) -> bool:
    """Whether some of the readings that would be searched for are right, and some are not."""
    return len({mark for mark, own in zip(one.right, share, strict=True) if own >= 0}) == 2


def tried(one: Asked, share: dict[str, float]) -> list[float]:
    """The share by the words of each reading that would be searched for, -1 for the others."""
    ranked = sorted(((other, share.get(other.text, 0.0)) for other in one.found), key=lambda each: -each[1])
    kept = {other.text for other, _ in follow_ups.searched(ranked)}
    return [share.get(other.text, 0.0) if typed(other) or other.text in kept else -1.0 for other in one.found]


def chosen(one: Asked, shares: list[float], model: Model) -> int:
    """The number of the reading that the model chooses."""
    if max(share for other, share in zip(one.found, shares, strict=True) if typed(other)) > follow_ups.SURE:
        return next(i for i, other in enumerate(one.found) if typed(other))
    logits = [
        model.logit({**values, "by_words": np.log(max(share, follow_ups.LEAST_SHARE))}) if share >= 0 else -np.inf
        for values, share in zip(one.values, shares, strict=True)
    ]
    return int(np.argmax(logits))


def figures(asked: list[Asked], shares: list[list[float]], model: Model) -> str:
    """How often the chosen reading is right, and how often a question that stands by itself is altered."""
    follow = [(one, share) for one, share in zip(asked, shares, strict=True) if one.follow_up]
    single = [(one, share) for one, share in zip(asked, shares, strict=True) if not one.follow_up]
    right = sum(one.right[chosen(one, share, model)] for one, share in follow)
    best = sum(any(mark for mark, own in zip(one.right, share, strict=True) if own >= 0) for one, share in follow)
    alone = sum(one.right[next(i for i, other in enumerate(one.found) if typed(other))] for one, _ in follow)
    altered = sum(not one.right[chosen(one, share, model)] for one, share in single)
    return f"right {right} of {len(follow)} (as typed {alone}, at best {best}); altered {altered} of {len(single)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=Path, required=True, help="where indexes and what was found are kept")
    parser.add_argument("--sets", type=Path, help="the folders that the conversations name; without it nothing is fitted")
    parser.add_argument("--single", nargs="*", type=Path, default=[], help="files in SQuAD format")
    parser.add_argument("--check", nargs="*", type=Path, default=[], help="folders on which nothing is fitted")
    given = parser.parse_args()
    entries = json_lines(CONVERSATIONS.read_text("utf-8"))
    by_set: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in entries:
        by_set[entry.get("set", "")].append(entry)
    spoken = by_set.pop("")
    aside = {folder.name: by_set.pop(folder.name, []) for folder in given.check}
    if given.sets:
        found = [name for name in by_set if (given.sets / name).is_dir()]
        spoken += [one for name, own in by_set.items() if name not in found for one in own if stands_alone(one)]
        words = spoken_groups(spoken) + file_groups(given.single)
        sets = {name: ask_set(given.sets / name, given.rows, by_set[name]) for name in found}
        fit(words, {name: single_groups(given.sets / name) for name in sets}, sets)
    for folder in given.check:
        check(folder, given.rows, aside[folder.name])


def fit(words: list[Group], single: dict[str, list[Group]], sets: dict[str, list[Asked]]) -> None:
    """Fits both models, prints how right they are with each set left out, and stores the first; `words` are of no set."""
    everything = [one for own in sets.values() for one in own]
    held: list[list[float]] = []
    for name, own in sets.items():  # the shares of a set are those of a model that has not seen it
        others = [other for other in sets if other != name]
        known = [group for other in others for group in single[other] + asked_groups(sets[other])]
        weights = fit_words(words + known)
        held += [tried(one, shares_of(one, weights)) for one in own]
    print(f"words of a set left out: {by_words(everything, held)}")
    at = 0
    for name, own in sets.items():
        rest = [i for i in range(len(everything)) if not at <= i < at + len(own)]
        model = fit_readings([everything[i] for i in rest], [held[i] for i in rest])
        print(f"  {name} left out: {figures(own, held[at : at + len(own)], model)}")
        at += len(own)
    model = fit_readings(everything, held)
    print(f"READINGS = {model}\n  all: {figures(everything, held, model)}")
    store_words(fit_words(words + [group for name in sets for group in single[name]] + asked_groups(everything)))


def spoken_groups(entries: list[dict[str, Any]]) -> list[Group]:
    """The conversations without a set, and their earlier questions each after the one before."""
    made = []
    for entry in entries:
        reading, weight = entry["reading"], 1.0 if stands_alone(entry) else POSITIVE
        made.append(
            word_group(entry["question"], entry["history"][-1], ANSWERED, lambda one, kind=reading: fits(one, kind), weight)
        )
    made += [word_group(b["history"][0], a["history"][0], ANSWERED, typed) for a, b in pairwise(entries)]
    return [one for one in made if one is not None]


def fits(one: Completion, reading: str) -> bool:
    """Whether a way to complete a question is of the kind `reading`: "slot", "topic" or as typed."""
    return one.kind in ("both", "first", "shorter", "last", "said") if reading == "topic" else one.kind == reading


def single_groups(folder: Path) -> list[Group]:
    """Questions of a set that stand by themselves."""
    made = [word_group(b["question"], a["question"], ANSWERED, typed) for a, b in pairs(questions_of(folder), SINGLE)]
    return [one for one in made if one is not None]


def file_groups(files: list[Path]) -> list[Group]:
    """Questions of files in SQuAD format that stand by themselves, each after the one before it."""
    made = []
    for file in files:
        raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        asked = [
            [each["question"] for each in paragraph["qas"]]
            for article in json.loads(raw)["data"]
            for paragraph in article["paragraphs"]
        ]
        both = [pair for one in asked for pair in pairwise(one)]
        both += [(one[0], other[0]) for one, other in pairwise(one for one in asked if one)]
        made += [word_group(b, a, ANSWERED, typed) for a, b in random.Random(5).sample(both, min(SINGLE, len(both)))]
    return [one for one in made if one is not None]


def asked_groups(asked: list[Asked]) -> list[Group]:
    """What was asked of an index, for the words: of a follow-up a completion is to be likely, where one is right."""
    made = []
    for one in asked:
        right = [mark and (not one.follow_up or not typed(other)) for mark, other in zip(one.right, one.found, strict=True)]
        if any(right):
            earlier = one.turn.understood or one.turn.question
            made.append(Group(one.question, earlier, one.found, right, POSITIVE if one.follow_up else 1.0))
    return made


def shares_of(one: Asked, weights: dict[str, np.ndarray]) -> dict[str, float]:
    logits = likely.scores(one.question, one.turn.understood or one.turn.question, one.found, weights=weights)
    odds = np.exp(logits - logits.max())
    return dict(zip((other.text for other in one.found), (odds / odds.sum()).tolist(), strict=True))


def by_words(asked: list[Asked], shares: list[list[float]]) -> str:
    """How often the likeliest reading by the words is right, and is among those searched for."""
    follow = [(one, share) for one, share in zip(asked, shares, strict=True) if one.follow_up]
    single = [(one, share) for one, share in zip(asked, shares, strict=True) if not one.follow_up]
    first = sum(one.right[int(np.argmax(share))] for one, share in follow)
    among = sum(any(mark and own >= 0 for mark, own in zip(one.right, share, strict=True)) for one, share in follow)
    ever = sum(any(one.right) for one, _ in follow)
    altered = sum(not one.right[int(np.argmax(share))] for one, share in single)
    found = f"first {first}, among those searched for {among}, any {ever}"
    return f"{len(follow)} follow-ups: {found}; altered {altered} of {len(single)}"


def check(folder: Path, rows: Path, entries: list[dict[str, Any]]) -> None:
    """How often the follow-ups of a folder are right with the stored weights, and how many other questions are left alone."""
    index = qa.build(folder / "documents", rows / f"check-{folder.name}")
    gold = questions_of(folder)
    by_text = {one["question"]: one for one in gold}
    follow = [(one["history"], one["question"], one) for one in gold if one.get("history")]
    follow += [(one["history"], one["question"], by_text[one["complete"]]) for one in entries if follows_on(one, by_text)]
    found: list[bool] = []
    quoted: list[bool] = []
    for history, question, one in follow:
        answer = asked_after(index, history, question)
        passage = answer.hits[0].paragraph if answer.hits else None
        found.append(passage is not None and of_source(one, passage.source) and holds(passage.text, one))
        quoted.append(bool(answer.citations) and holds(answer.citations[0].quote, {**one, "row": ""}) and found[-1])
        print(f"  {found[-1]:d}{quoted[-1]:d} {history[-1]} | {question} -> {answer.understood}")
    single = [(one["history"], one["question"]) for one in entries if stands_alone(one)]
    single += [([a["question"]], b["question"]) for a, b in pairs(gold, SINGLE_FOUND)]
    left = 0
    for history, question in single:
        understood = asked_after(index, history, question).understood
        left += not understood
        if understood:
            print(f"  altered: {history[-1]} | {question} -> {understood}")
    print(f"{folder.name}: passage {sum(found)}, quotation {sum(quoted)} of {len(found)}; left alone {left} of {len(single)}")


def asked_after(index: Index, history: list[str], question: str) -> qa.Answer:
    """The answer to a question after others, whose answers are the index's own."""
    past: list[qa.Answer | str] = []
    for earlier in history:
        past.append(index.ask(earlier, history=past))
    return index.ask(question, 1, 0.0, history=past)


if __name__ == "__main__":
    main()
