"""What crosses into the library: each kind of number at each entrance, right ones and wrong ones."""
import decimal
import fractions
import random
import re
import unittest
import warnings

import numpy as np

from winnow import BatchSampler, InvalidInput, InvalidState, Pruner, Sampler

try:
    import torch
except ImportError:
    torch = None

SAMPLES, EPOCHS = 12, 9
INTEGERS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64, ">i8", ">u4"]
FLOATS = [np.float16, np.float32, np.float64, np.longdouble, ">f4"]
OTHERS = [np.complex64, np.complex128, "U4", "S4", "M8[s]", "m8[s]", [("a", "i4")]]


def planned(method="infobatch", **settings):
    pruner = Pruner(SAMPLES, method, epochs=EPOCHS, seed=1, **settings)
    pruner.plan(0)
    return pruner


def counts():
    """Every number that says how many, how large or which, as (what it is called, what takes it, the largest that it may be)."""
    plan = planned().current
    return [
        ("samples", lambda n: Pruner(n, epochs=3), 2_147_483_591), ("epochs", lambda n: Pruner(9, epochs=n), 2 ** 31 - 1),
        ("threads", lambda n: Pruner(9, epochs=3, threads=n), 2 ** 31 - 1), ("seed", lambda n: Pruner(9, epochs=3, seed=n), 2 ** 64 - 1),
        ("epoch", lambda n: Pruner(9, "full", epochs=9).plan(n), 8), ("epoch", lambda n: BatchSampler(Pruner(9, "full", epochs=9), 3).set_epoch(n), 8),
        ("epoch", lambda n: Sampler(Pruner(9, "full", epochs=9)).set_epoch(n), 8), ("epoch", lambda n: at(3).observe([1], [1.0], epoch=n), 2 ** 31 - 1),
        ("batch_size", lambda n: BatchSampler(planned(), n), 2 ** 31 - 1), ("batch_size", plan.steps, 2 ** 63 - 1),
        ("batch_size", lambda n: plan.place(0, n), 2 ** 63 - 1), ("batch_size", lambda n: plan.batch(0, n), 2 ** 63 - 1),
        ("step", lambda n: plan.place(n, 2), 5), ("step", lambda n: plan.batch(n, 2), 5),
        ("step", lambda n: plan.share(n, 2, 0, 2), 5), ("batch_size", lambda n: plan.share(0, n, 0, 2), 2 ** 63 - 1),
        ("rank", lambda n: plan.share(0, 8, n, 5), 4), ("ranks", lambda n: plan.share(0, 8, 0, n), 2 ** 31 - 1),
        ("start", lambda n: planned().is_observed(n, 1), 11), ("count", lambda n: planned().is_observed(0, n), 12),
    ]


def at(epoch):
    pruner = Pruner(SAMPLES, "full", epochs=EPOCHS)
    pruner.plan(epoch)
    return pruner


class Counts(unittest.TestCase):
    def test_of_every_integer_type_are_taken(self):
        for name, take, _ in counts():
            for number in [3] + [np.dtype(kind).type(3) for kind in INTEGERS] + [np.array(3)] + ([torch.tensor(3), torch.tensor(3, dtype=torch.uint8)] if torch else []):
                with self.subTest(name, type=type(number)):
                    take(number)

    def test_that_are_no_whole_numbers_are_refused_with_the_value(self):
        wrong = [3.9, 3.0, float("nan"), float("inf"), "3", b"3", None, True, False, [3], (3,), 3j, decimal.Decimal(3), fractions.Fraction(3), object(),
                 *[np.dtype(kind).type(3) for kind in FLOATS], np.complex64(3), np.bool_(True), np.array([3.0]), np.array(3.0), np.datetime64(3, "s")]
        wrong += [torch.tensor(3.0), torch.tensor(True), torch.tensor([3, 3])] if torch else []
        for name, take, _ in counts():
            for value in wrong:
                if value is None and name == "epoch":
                    continue  # an epoch that isn't said is the current one
                with self.subTest(name, value=value), self.assertRaisesRegex(InvalidInput, f"^{name} is " + re.escape(repr(value)) + "; it is a whole number"):
                    take(value)

    def test_that_the_other_side_cannot_hold_are_refused_with_the_value(self):
        for name, take, most in counts():
            # Each of these is a small number in its lowest 32 or 64 bits.
            for value in (2 ** 32 + 3, 2 ** 64 + 3, 2 ** 64 + 5, 2 ** 96 + 3, -2 ** 64 + 3, -2 ** 32 + 3, np.uint64(2 ** 64 - 1), np.int64(-2 ** 63)):
                if int(value) <= most and (value >= 0 or name == "seed" and value >= -2 ** 63):
                    continue
                with self.subTest(name, value=value), self.assertRaisesRegex(InvalidInput, str(int(value))):
                    take(value)

    def test_seeds_are_any_64_bits(self):
        for value, same in ((-1, 2 ** 64 - 1), (-2 ** 63, 2 ** 63), (5, 5)):
            self.assertEqual(Pruner(9, epochs=3, seed=value).plan(0).hash, Pruner(9, epochs=3, seed=same).plan(0).hash)
        for value in (2 ** 64, -2 ** 63 - 1):
            with self.assertRaisesRegex(InvalidInput, f"seed is {value}; it is in"):
                Pruner(9, epochs=3, seed=value)

    def test_flags_are_true_or_false(self):
        for value in (True, False, 0, 1, np.bool_(True)):
            Pruner(9, epochs=3, allow_unobserved=value)
        for value in ("no", "", None, 2, -1, 1.0, [True], 2 ** 32, 2 ** 64 + 1):
            with self.assertRaisesRegex(InvalidInput, "allow_unobserved is .*; it is True or False"):
                Pruner(9, epochs=3, allow_unobserved=value)
        with self.assertRaisesRegex(InvalidInput, "distributed is 'no'; it is True or False"):
            Pruner(9, epochs=3, distributed="no")

    def test_texts_are_texts(self):
        for value in (b"full", 3, None, "fu\0ll", "\udc80"):
            with self.assertRaisesRegex(InvalidInput, "^method is "):
                Pruner(9, value, epochs=3)
            with self.assertRaisesRegex(InvalidInput, "^name is "):
                planned().column(value)


class Ids(unittest.TestCase):
    def entrances(self, pruner, ids):
        n = len(ids)
        yield lambda: pruner.observe(ids, np.zeros(n))
        yield lambda: pruner.weights_of(ids)
        yield lambda: pruner.observe_dropped(np.zeros(n), ids=ids)
        if torch:
            yield lambda: pruner.update(ids, torch.zeros(n))

    def refused(self, ids, text):
        pruner = planned()
        before = pruner.state_dict()
        for take in self.entrances(pruner, ids):
            with self.assertRaisesRegex(InvalidInput, text):
                take()
        self.assertEqual(pruner.state_dict(), before)

    def test_of_every_integer_type_are_taken_as_they_are(self):
        for kind in INTEGERS + [object]:
            pruner = planned()
            pruner.observe(np.array([3, 11], kind), np.array([5.0, 7.0]))
            self.assertEqual(pruner.column("loss")[[3, 11]].tolist(), [5, 7], kind)
            self.assertEqual(int(pruner.seen.sum()), 2)
        for ids in ([3, 11], (3, 11), range(3, 5), np.arange(12)[3:9:2], [np.int8(3), np.uint64(11)]):
            planned().observe(ids, np.zeros(len(ids)))
        planned().observe([], [])

    def test_that_are_floats_are_refused_with_the_value(self):
        self.refused([3.9, 7.5], r"ids\[0\] is 3.9, of type float64; ids are whole numbers")
        self.refused([3, 7.5], r"ids\[1\] is 7.5, of type float64; ids are whole numbers")
        self.refused(np.array([16777217], np.float32), r"ids\[0\] is 16777216.0, of type float32; ids are whole numbers, which floating point rounds")
        self.refused([1.0, float("nan")], r"ids\[1\] is nan")
        for kind in FLOATS + OTHERS[:-1]:
            self.refused(np.array([3, 4]).astype(kind), r"ids\[0\] is .*; ids are whole numbers")
        self.refused(np.zeros(2, OTHERS[-1]), "whole numbers")

    def test_that_are_a_mask_are_refused_and_say_how_to_make_ids_of_it(self):
        mask = np.arange(SAMPLES) % 5 == 0
        text = r"ids are booleans, a mask of 12; ids are sample numbers: numpy.flatnonzero\(mask\)"
        self.refused(mask, text)
        self.refused(mask.tolist(), text)
        if torch:
            self.refused(torch.from_numpy(mask), text)
        self.refused([True, 3], "numbers and booleans mixed")
        planned().observe(np.flatnonzero(mask), np.zeros(3))

    def test_that_no_sample_has_are_refused_with_the_value(self):
        for value in (12, -1, 2 ** 31, 2 ** 32 + 3, 2 ** 63 - 1, -2 ** 63, 2 ** 63, 2 ** 64 - 1, 2 ** 64 + 5, -2 ** 64 + 3):
            self.refused([value, 3], f"there is no sample {value}")
        self.refused(np.array([2 ** 64 - 1, 3], np.uint64), "there is no sample 18446744073709551615")

    def test_that_are_something_else_are_refused(self):
        self.refused([None, 3], r"ids\[0\] is None")
        self.refused(["3", "4"], "whole numbers")
        self.refused([[3], [4]], "shape")
        self.refused([[3], [4, 5]], "ids are no array of numbers|shape")
        self.refused(np.ma.masked_array([3, 4], [False, True]), "ids are masked at some places")
        self.refused([decimal.Decimal(3)], r"ids\[0\] is Decimal\('3'\)")
        planned().observe(np.ma.masked_array([3, 4]), [1.0, 2.0])

    def test_at_random_are_taken_exactly_or_not_at_all(self):
        rng, taken, refused = random.Random(5), 0, 0
        for _ in range(400):
            kind = np.dtype(rng.choice([bool, object, *INTEGERS, *FLOATS]))
            drawn = [rng.choice([rng.randrange(SAMPLES)] * 8 + [-1, 12, 200, 2 ** 40, 2 ** 63, 2 ** 70]) for _ in range(rng.randrange(1, 5))]
            if kind.kind in "iu":
                drawn = [value for value in drawn if np.iinfo(kind).min <= value <= np.iinfo(kind).max] or [1]
            with np.errstate(over="ignore"):
                ids = np.array(drawn, object).astype(kind)
            right = kind.kind in "iuO" and all(0 <= value < SAMPLES for value in drawn)
            pruner = planned()
            try:
                pruner.observe(ids, np.arange(len(drawn)) + 1.0)
                self.assertTrue(right, ids)
                self.assertEqual(pruner.column("loss")[drawn].tolist(), [len(drawn) - drawn[::-1].index(value) for value in drawn])
                self.assertEqual(set(np.flatnonzero(pruner.seen)), set(drawn))
                taken += 1
            except InvalidInput:
                self.assertFalse(right, ids)
                self.assertFalse(pruner.seen.any())
                refused += 1
        self.assertTrue(taken > 50 and refused > 50, (taken, refused))


class Labels(unittest.TestCase):
    def test_of_every_integer_type_are_taken(self):
        expected = Pruner(SAMPLES, "rcap", epochs=3, labels=[i % 2 for i in range(SAMPLES)]).state_dict()
        for kind in INTEGERS + [bool, object]:
            self.assertEqual(Pruner(SAMPLES, "rcap", epochs=3, labels=np.array([i % 2 for i in range(SAMPLES)]).astype(kind)).state_dict(), expected, kind)

    def test_that_are_no_classes_are_refused_with_the_value(self):
        for labels, text in (([0.1, 0.9] * 6, r"labels\[0\] is 0.1, of type float64; labels are whole numbers"), (np.arange(SAMPLES, dtype=np.float32), "labels are whole numbers"),
                             ([0] * 11 + [2 ** 32 + 3], "label 4294967299 of sample 11"), ([0] * 11 + [-2 ** 32], "label -4294967296 of sample 11"),
                             ([0] * 11 + [2 ** 70], f"label {2 ** 70} of sample 11"), ([0] * 11 + [2 ** 31 - 1], r"label 2147483647 of sample 11 is not in \[0, 65536\)"),
                             ([-1] + [0] * 11, r"label -1 of sample 0 is not in \[0, 65536\)"), (["a"] * 12, "whole numbers"), ([0] * 11, "11 labels for 12 samples"),
                             ([], "labels are empty"), ([[0] * 12], "shape"), ([None] * 12, "None")):
            for method in ("rcap", "full"):
                with self.subTest(text), self.assertRaisesRegex(InvalidInput, text):
                    Pruner(SAMPLES, method, epochs=3, labels=labels)


class Signals(unittest.TestCase):
    def entrances(self, **given):
        """Everything that takes signals, of all twelve samples of an epoch that visits them or sits them out."""
        losses = given.pop("losses", np.ones(SAMPLES))
        for signal in ("confidences", "correct"):
            given.setdefault(signal, np.ones(SAMPLES) if signal == "confidences" else np.ones(SAMPLES, bool))
        pruner = planned("kakurenbo")
        yield pruner, lambda: pruner.observe(np.arange(SAMPLES), losses, **given)
        yield pruner, lambda: pruner.observe_all(losses, **given)
        fresh = Pruner(SAMPLES, "kakurenbo", epochs=EPOCHS)
        yield fresh, lambda: fresh.preload(losses, **given)
        if torch and "scores" not in given and "batch_losses" not in given:
            other = planned("infobatch+confident")
            # The losses of update are a tensor's business.
            yield other, lambda: other.update(torch.arange(SAMPLES), torch.ones(SAMPLES), **given)

    def refused(self, text, **given):
        for pruner, take in self.entrances(**given):
            before = pruner.state_dict()
            with self.assertRaisesRegex(InvalidInput, text):
                take()
            self.assertEqual(pruner.state_dict(), before)

    def taken(self, **given):
        for _, take in self.entrances(**given):
            take()

    def test_confidences_are_probabilities(self):
        for wrong in (4.2, 30, -1, 1.0000001, np.inf, -np.inf):
            confidences = np.full(SAMPLES, 0.5)
            confidences[7] = wrong
            for kind in (np.float32, np.float64):
                self.refused(r"confidences\[7\] is .*; a confidence is the probability of the model's own prediction, in \[0, 1\]", confidences=confidences.astype(kind))
        for right in (0.0, 1.0, -0.0, np.nan, 1e-45):
            self.taken(confidences=np.full(SAMPLES, right))
        self.refused("11 confidences for 12 samples", confidences=np.ones(11))

    def test_correctness_is_0_or_1(self):
        for wrong in (0.9, 1.0):
            self.refused(rf"correct\[0\] is {wrong}, of type float64; it is whether the prediction was right", correct=np.full(SAMPLES, wrong))
        for wrong in (2, -1, 256, 257, 2 ** 32 + 1, 2 ** 63, 2 ** 64 + 1):
            self.refused(rf"correct\[3\] is {wrong}; it is 0 or 1", correct=[0, 1, 1, wrong] + [0] * 8)
        for kind in INTEGERS + [bool, object]:
            self.taken(correct=np.array([0, 1] * 6).astype(kind))

    def test_losses_are_floating_point(self):
        pruners = []
        for kind in FLOATS + [object]:
            pruner = planned()
            pruner.observe_all(np.array([0.5, 1, 2, np.nan] * 3).astype(kind))
            pruners.append(pruner.state_dict())
        self.assertTrue(all(state == pruners[0] for state in pruners))
        planned().observe([1, 2], [3, 4])  # numbers of Python's, which have no type of an array
        for wrong in (np.arange(SAMPLES), np.ones(SAMPLES, bool), np.ones(SAMPLES, np.complex64), np.array(["1"] * SAMPLES), np.zeros(SAMPLES, "M8[s]")):
            with self.assertRaisesRegex(InvalidInput, f"losses are of type {re.escape(str(wrong.dtype))}; they are floating point"):
                planned().observe_all(wrong)
        for wrong in ([None] * SAMPLES, ["1"] * SAMPLES, [1j] * SAMPLES, [decimal.Decimal(1)] * SAMPLES, [True] * SAMPLES, [[1.0]] * SAMPLES, [1.0] * 11 + [True]):
            with self.assertRaises(InvalidInput):
                planned().observe_all(wrong)

    def test_losses_beyond_float32_count_as_infinite_without_a_warning(self):
        pruner = planned()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pruner.observe_all(np.array([1e300, -1e300, np.inf, np.nan] + [1.0] * 8))
        self.assertEqual((pruner.statistics.non_finite, pruner.statistics.mean_loss), (4, 1.0))

    @unittest.skipIf(torch is None, "no torch")
    def test_tensors_are_taken_as_arrays_are(self):
        for kind in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
            pruner = planned()
            pruner.observe_all(torch.full((SAMPLES,), 1.5, dtype=kind, requires_grad=True))
            self.assertEqual(pruner.column("loss").tolist(), [1.5] * SAMPLES)
        with self.assertRaisesRegex(InvalidInput, "losses are of type torch.int64"):
            planned().observe_all(torch.arange(SAMPLES))
        for losses in (torch.arange(SAMPLES), torch.ones(SAMPLES, dtype=torch.bool), torch.ones(SAMPLES, dtype=torch.complex64), np.ones(SAMPLES), [1.0] * SAMPLES, None):
            with self.assertRaisesRegex(InvalidInput, "losses of type .*floating-point tensor"):
                planned().update(torch.arange(SAMPLES), losses)
        with self.assertRaisesRegex(InvalidInput, r"ids\[0\] is 0.0, of type torch.bfloat16"):
            planned().update(torch.arange(SAMPLES).bfloat16(), torch.ones(SAMPLES))

    def test_a_method_that_looks_at_no_predictions_does_not_take_wrong_ones(self):
        with self.assertRaisesRegex(InvalidInput, r"confidences\[0\] is 2"):
            planned().observe_all(np.ones(SAMPLES), confidences=[2.0] * SAMPLES)
        if torch:
            with self.assertRaisesRegex(InvalidInput, r"confidences\[0\] is 2"):
                planned().update(torch.arange(SAMPLES), torch.ones(SAMPLES), confidences=torch.full((SAMPLES,), 2.0))


class Words(unittest.TestCase):
    def test_messages_are_in_pythons_words(self):
        said = []
        pruner, other = planned(), planned("kakurenbo")
        for call in (lambda: pruner.plan(1), lambda: pruner.observe([0], [1.0], epoch=4), lambda: pruner.observe_dropped([1.0], ids=[0]), lambda: Pruner(9, "rcap", epochs=3),
                     lambda: other.observe_all(np.ones(SAMPLES)), lambda: pruner.preload(np.ones(SAMPLES)), lambda: pruner.column("lost"), lambda: Pruner(9, epochs=2).observe([1], [1.0]),
                     lambda: Pruner(9, "infobatch:save=0.9", epochs=9), lambda: at(3).plan(2), lambda: pruner.observe([3], None), lambda: pruner.is_observed(3, 30),
                     lambda: pruner.load_state_dict(at(3).state_dict())):
            with self.assertRaises((InvalidInput, InvalidState, ValueError)) as caught:
                call()
            said.append(str(caught.exception))
        self.assertEqual([text for text in said if re.search(r"\b(Observe\w*|Plan|Preload|Pruner\w*|AllowUnobserved|BatchSignals|Columns|Labels|Epochs|Threads)\b|->|Parameter '", text)], [])


if __name__ == "__main__":
    unittest.main()
