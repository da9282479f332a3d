"""Near-duplicates: both rules against slow references, and the numbers of the real data."""

import itertools
import random
import re

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from pycode.data.groups import near_duplicate_groups, normalise, repeated
from pycode.data.parquet import read_strings
from pycode.data.shingles import jaccard, minhash, shingle_sets
from pycode.data.split import TEST, stratified_split
from pycode.errors import CourseError

WORDS = [a + b for a in "bcdfglmn" for b in ("ank", "ill", "ard", "oan", "ees", "eb", "ent", "aid")]


def letters(n, seed, changed=4):
    """Texts around few templates: 40 words, of which some are replaced."""
    rng = random.Random(seed)
    templates = [rng.choices(WORDS, k=40) for _ in range(6)]
    texts = []
    for _ in range(n):
        words = list(rng.choice([*templates, rng.choices(WORDS, k=40)]))
        for _ in range(rng.randrange(changed + 1)):
            words[rng.randrange(40)] = rng.choice(WORDS)
        texts.append(" ".join(words))
    return texts


def partition(groups):
    found = {}
    for row, group in enumerate(groups):
        found.setdefault(group, set()).add(row)
    return {frozenset(rows) for rows in found.values()}


def five_word_sets(texts):
    split = [text.split() for text in texts]
    return [{tuple(words[i : i + 5]) for i in range(len(words) - 4)} for words in split]


def test_normalise_drops_what_the_cfpb_masks():
    assert normalise("On XX/XX/2019 I paid {$500.00} to XXXX Bank!") == "on i paid to bank"
    assert normalise("12 XXXX") == ""
    assert normalise("form W2B") == "form wb"


def test_prefix_rule_is_equality_of_the_first_120_characters():
    texts = [f"{'same words ' * 11} {tail}" for tail in ("one", "two")] + ["same words", "other"]
    assert near_duplicate_groups(texts).tolist() == [0, 0, 2, 3]
    assert near_duplicate_groups(["XXXX", "other", "12/XX"]).tolist() == [0, 1, 0]
    for same, groups in ((119, [0, 1]), (120, [0, 0])):
        assert near_duplicate_groups(["y" * same + end for end in "bc"]).tolist() == groups


def test_pieces_and_jaccard_agree_with_python_sets():
    texts = letters(30, 1)
    pieces, reference = shingle_sets(texts), five_word_sets(texts)
    for a, b in itertools.combinations(range(30), 2):
        expected = len(reference[a] & reference[b]) / len(reference[a] | reference[b])
        assert jaccard(pieces[a], pieces[b]) == pytest.approx(expected)


def test_shingle_groups_join_all_close_pairs_and_only_similar_ones():
    texts = letters(150, 2)
    groups = near_duplicate_groups(texts, "shingles")
    sets = five_word_sets(texts)
    similar = {}
    for a, b in itertools.combinations(range(150), 2):
        similar[a, b] = len(sets[a] & sets[b]) / len(sets[a] | sets[b])
        if similar[a, b] >= 0.8:
            assert groups[a] == groups[b]
    assert any(value >= 0.8 for value in similar.values())
    for rows in partition(groups):
        for row in rows if len(rows) > 1 else ():
            others = [similar[min(row, o), max(row, o)] for o in rows if o != row]
            assert max(others) >= 0.5


def test_shingle_groups_are_the_closure_of_the_similar_pairs_that_a_band_finds():
    texts = letters(150, 2, changed=12)
    sets, bands = five_word_sets(texts), minhash(shingle_sets(texts)).reshape(150, 16, 4)
    linked = np.zeros((150, 150), dtype=bool)
    for a, b in itertools.combinations(range(150), 2):
        found = (bands[a] == bands[b]).all(axis=1).any()
        linked[a, b] = found and 2 * len(sets[a] & sets[b]) >= len(sets[a] | sets[b])
    expected = connected_components(linked, directed=False)[1]
    assert partition(near_duplicate_groups(texts, "shingles")) == partition(expected)


def test_pairs_at_one_half_are_found_two_times_in_three_and_those_below_never():
    """MinHash: of pairs with Jaccard index J, a share 1 - (1 - J**4)**16 agree in a band."""
    rng = random.Random(0)

    def pairs(shared):
        """60 pairs of 34 words, which have 30 pieces each; ``shared`` of these are the same."""
        for _ in range(60):
            words = [f"{rng.choice(WORDS)}{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(64)]
            same = shared + 4
            yield " ".join(words[:34])
            yield " ".join([*words[:same], *words[34 : 68 - same]])

    at_half, below = (near_duplicate_groups(list(pairs(n)), "shingles") for n in (20, 19))
    assert repeated(below) == 0
    assert repeated(at_half) / 60 == pytest.approx(1 - (1 - 0.5**4) ** 16, abs=0.2)


@pytest.mark.parametrize("method", ["prefix", "shingles", "both"])
def test_groups_do_not_depend_on_the_order_of_the_rows(method):
    texts = letters(120, 3, changed=9)
    order = random.Random(4).sample(range(120), 120)
    straight = partition(near_duplicate_groups(texts, method))
    shuffled = partition(near_duplicate_groups([texts[i] for i in order], method))
    assert {frozenset(order[i] for i in rows) for rows in shuffled} == straight


def test_short_and_empty_texts_are_safe():
    texts = ["", "fee", "fee", "a late fee"]
    assert near_duplicate_groups(texts, "shingles").tolist() == [0, 1, 1, 3]
    assert near_duplicate_groups([], "both").tolist() == []


def test_unknown_rule_is_refused():
    with pytest.raises(CourseError, match="Did you mean 'prefix'"):
        near_duplicate_groups(["a"], "prefx")


@pytest.fixture(scope="module")
def narratives(shared):
    return read_strings(shared / "data" / "cfpb_8k.parquet", ("text", "issue", "complaint_id"))


def test_1049_rows_of_the_real_data_share_their_beginning_with_an_earlier_one(narratives):
    assert repeated(near_duplicate_groups(narratives["text"])) == 1049
    seen, again = set(), 0
    for text in narratives["text"]:
        bare = re.sub(r"[0-9]|x{2,}", "", text.lower())
        key = re.sub(r"[^a-z]+", " ", bare).strip()[:120]
        again += key in seen
        seen.add(key)
    assert again == 1049


def test_a_split_by_rows_leaks_and_a_split_by_groups_does_not(narratives):
    groups = near_duplicate_groups(narratives["text"], "both")
    assert repeated(groups) > 1400
    labels = np.unique(narratives["issue"], return_inverse=True)[1]
    for kept, leaks in ((None, True), (groups, False)):
        split = stratified_split(labels, narratives["complaint_id"], groups=kept)
        twins = np.isin(groups[split == TEST], groups[split != TEST]).sum()
        assert (twins > 250) == leaks
        assert leaks or twins == 0
