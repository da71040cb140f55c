"""The pruner with numpy alone."""
import gc
import os
import pickle
import re
import subprocess
import sys
import threading
import unittest
import warnings
from pathlib import Path

import numpy as np

import winnow
from winnow import BadCheckpoint, InvalidInput, InvalidState, Pruner

PACKAGE = Path(__file__).resolve().parents[1]


def losses_of(ids, epoch):
    return (4.0 / (1 + (np.asarray(ids) * 31 % 101) * 0.1 * (epoch + 1))).astype(np.float32)


def run(pruner, epochs):
    plans = []
    for epoch in epochs:
        plan = pruner.plan(epoch)
        plans.append((plan.order.copy(), plan.weights.copy(), plan.hash))
        pruner.observe(plan.order, losses_of(plan.order, epoch))
    return plans


class Plans(unittest.TestCase):
    def test_are_the_same_for_a_seed_and_others_for_another(self):
        one, two, other = (run(Pruner(500, epochs=4, seed=seed), range(4)) for seed in (1, 1, 2))
        for a, b, c in zip(one, two, other):
            np.testing.assert_array_equal(a[0], b[0])
            np.testing.assert_array_equal(a[1], b[1])
            self.assertEqual(a[2], b[2])
            self.assertNotEqual(a[2], c[2])

    def test_hold_each_visited_sample_once_and_weigh_as_much_as_all(self):
        pruner = Pruner(500, epochs=8, seed=3)
        for epoch, (order, weights, _) in enumerate(run(pruner, range(8))):
            np.testing.assert_array_equal(np.sort(order), np.flatnonzero(weights))
            self.assertAlmostEqual(float(weights.sum(dtype=np.float64)), 500, places=3)
            self.assertEqual(len(order) < 500, 0 < epoch < 7, epoch)
        self.assertAlmostEqual(pruner.statistics.saved, 1 - pruner.statistics.planned / 4000)

    def test_are_read_without_a_copy_and_outlive_plan_and_pruner(self):
        pruner = Pruner(100_000, epochs=3, seed=1)
        order, weights = pruner.plan(0).order, pruner.current.weights
        again = pruner.plan(0)
        self.assertEqual(order.__array_interface__["data"][0], again.order.__array_interface__["data"][0])
        self.assertEqual((order.dtype, weights.dtype), (np.int32, np.float32))
        with self.assertRaises(ValueError):
            order[0] = 1
        before, part = order.copy(), order[500:900]
        del again
        pruner.observe_all(losses_of(order, 0))
        pruner.plan(1)
        del pruner
        gc.collect()
        for seed in range(5):
            Pruner(100_000, epochs=2, seed=seed).plan(0)
        np.testing.assert_array_equal(order, before)
        np.testing.assert_array_equal(part, before[500:900])
        self.assertEqual(float(weights.min()), 1.0)

    def test_batches_and_shares_cover_the_order(self):
        plan = Pruner(103, "random:keep=0.7", epochs=2, seed=1).plan(0)
        np.testing.assert_array_equal(np.concatenate([plan.batch(step, 16) for step in range(plan.steps(16))]), plan.order)
        real = []
        for step in range(plan.steps(16)):
            shares = [plan.share(step, 16, rank, 3) for rank in range(3)]
            self.assertEqual(len({ids.size for ids, _ in shares}), 1)
            real += [ids[weights != 0] for ids, weights in shares]
        np.testing.assert_array_equal(np.concatenate(real), plan.order)

    def test_wait_for_the_losses_of_the_epoch_before(self):
        pruner = Pruner(50, epochs=3)
        pruner.plan(0)
        with self.assertRaisesRegex(InvalidState, "50 of the 50 samples of epoch 0 have no loss"):
            pruner.plan(1)
        Pruner(50, "random:keep=0.5", epochs=3).plan(1)


class Observations(unittest.TestCase):
    def test_by_id_in_parts_and_at_once_are_the_same(self):
        parts, whole = Pruner(400, epochs=4, seed=1), Pruner(400, epochs=4, seed=1)
        for epoch in range(4):
            plan, same = parts.plan(epoch), whole.plan(epoch)
            self.assertEqual(plan.hash, same.hash)
            for ids in np.array_split(np.random.default_rng(epoch).permutation(plan.order), 7):
                parts.observe(ids, losses_of(ids, epoch))
            whole.observe_all(losses_of(same.order, epoch))
        np.testing.assert_array_equal(parts.column("loss"), whole.column("loss"))
        self.assertTrue(parts.seen.all())

    def test_that_are_wrong_are_refused_and_change_nothing(self):
        pruner = Pruner(20, epochs=3)
        with self.assertRaisesRegex(InvalidState, "nothing has been planned"):
            pruner.observe([1], [1.0])
        pruner.plan(0)
        pruner.observe([3], [2.0])
        before = pruner.state_dict()
        for wrong, text in (([20], "there is no sample 20"), ([-1], "there is no sample -1")):
            with self.assertRaisesRegex(InvalidInput, text):
                pruner.observe(wrong, [1.0])
        with self.assertRaisesRegex(InvalidInput, "2 losses for 1 samples"):
            pruner.observe([1], [1.0, 2.0])
        with self.assertRaisesRegex(InvalidInput, "shape"):
            pruner.observe([[1]], [[1.0]])
        with self.assertRaisesRegex(InvalidState, "the losses are of epoch 1"):
            pruner.observe([1], [1.0], epoch=1)
        self.assertEqual(before, pruner.state_dict())

    def test_with_nan_keep_the_sample_and_the_statistics(self):
        pruner = Pruner(200, "infobatch:keep=0.1", epochs=10, seed=1)
        for epoch in range(5):
            plan = pruner.plan(epoch)
            self.assertEqual(plan.weights[7], 1)
            losses = losses_of(plan.order, epoch)
            losses[plan.order == 7] = np.nan
            pruner.observe(plan.order, losses)
        self.assertLess(plan.count, 200)
        self.assertTrue(np.isfinite(pruner.statistics.mean_loss))
        self.assertEqual(pruner.statistics.non_finite, 5)

    def test_from_elsewhere_count_from_the_first_plan_on(self):
        pruner = Pruner(200, epochs=10)
        pruner.preload(losses_of(np.arange(200), 0))
        self.assertLess(pruner.plan(1).count, 200)

    def test_of_predictions_and_of_dropped_samples_reach_a_method_that_needs_them(self):
        pruner = Pruner(200, "kakurenbo", epochs=8, seed=1)
        self.assertTrue(pruner.refreshes_dropped)
        for epoch in range(4):
            ids = pruner.plan(epoch).order
            with self.assertRaisesRegex(InvalidInput, "confidences"):
                pruner.observe(ids, losses_of(ids, epoch))
            sure = np.full(ids.size, 0.99, np.float32)
            pruner.observe(ids, losses_of(ids, epoch), confidences=sure, correct=np.ones(ids.size, bool))
            rest = pruner.dropped
            pruner.observe_dropped(losses_of(rest, epoch), confidences=np.full(rest.size, 0.99), correct=np.ones(rest.size, bool))
        self.assertLess(pruner.current.count, 200)
        self.assertGreater(pruner.statistics.refreshed, 0)

    def test_from_two_threads_at_once_are_told_apart(self):
        pruner = Pruner(200_000, epochs=2)
        plan, refused, other = pruner.plan(0), [], []

        def work():
            for _ in range(40):
                try:
                    pruner.observe(plan.order, np.ones(plan.count))
                except InvalidState as error:
                    refused.append(str(error))
                except Exception as error:
                    other.append(error)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(other, [])
        self.assertTrue(refused and all("another thread is using this pruner" in text for text in refused))
        self.assertEqual(pruner.statistics.unobserved, 0)


class Settings(unittest.TestCase):
    def test_that_are_wrong_say_what_is_right(self):
        for arguments, settings, text in (((10, "infobach"), {}, "infobatch"), ((0,), {}, "samples is 0; it is in"), ((2 ** 31 - 56,), {}, r"in \[1, 2147483591\]"), ((10,), {"epochs": 0}, r"epochs is 0; it is in \[1, "),
                                          ((10, "infobatch:keep=7"), {}, "keep=7"), ((10, "rcap"), {}, "labels"), ((10, "rcap"), {"labels": [1, 2]}, "2 labels for 10"),
                                          ((10, "a\0b"), {}, "NUL"), ((10,), {"threads": -1}, "threads is -1; it is in")):
            with self.assertRaisesRegex(InvalidInput, text):
                Pruner(*arguments, **{"epochs": 3, **settings})

    def test_take_labels_and_any_seed(self):
        labels = np.arange(100) % 4
        self.assertEqual(Pruner(100, "rcap", epochs=3, labels=labels, seed=2 ** 64 - 1).plan(0).count, 100)
        self.assertEqual(Pruner(100, "full", epochs=3, seed=-1).plan(0).hash, Pruner(100, "full", epochs=3, seed=2 ** 64 - 1).plan(0).hash)

    def test_no_random_number_of_the_user_is_touched(self):
        np.random.seed(5)
        before = np.random.get_state()[1].copy()
        run(Pruner(100, epochs=3), range(3))
        np.testing.assert_array_equal(before, np.random.get_state()[1])


class States(unittest.TestCase):
    def test_in_the_middle_of_an_epoch_go_on_to_the_same_bits(self):
        whole, parts = Pruner(300, epochs=4, seed=1), Pruner(300, epochs=4, seed=1)
        for epoch in range(4):
            plan, same = whole.plan(epoch), parts.plan(epoch)
            self.assertEqual(plan.hash, same.hash)
            for ids in np.array_split(plan.order, 5):
                whole.observe(ids, losses_of(ids, epoch))
                parts.observe(ids, losses_of(ids, epoch))
                state = pickle.loads(pickle.dumps(parts.state_dict()))
                parts = Pruner(300, epochs=4, seed=1)
                parts.load_state_dict(state)
        self.assertEqual(whole.state_dict(), parts.state_dict())

    def test_that_do_not_belong_are_refused(self):
        pruner = Pruner(300, epochs=4, seed=1)
        pruner.plan(0)
        state = pruner.state_dict()
        with self.assertRaisesRegex(BadCheckpoint, "pruner.seed"):
            Pruner(300, epochs=4, seed=2).load_state_dict(state)
        with self.assertRaisesRegex(BadCheckpoint, "torn|altered"):
            pruner.load_state_dict({**state, "state": state["state"][:-9]})
        with self.assertRaisesRegex(InvalidInput, "no state of a winnow.Pruner"):
            pruner.load_state_dict({"a": 1})
        self.assertEqual(pruner.state_dict(), state)
        with self.assertRaisesRegex(TypeError, "state_dict"):
            pickle.dumps(pruner)


class Page(unittest.TestCase):
    def test_every_test_that_the_migration_page_names_exists(self):
        page = (PACKAGE.parents[1] / "docs" / "migrate-infobatch.md").read_text()
        tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
        named = set(re.findall(r"`(test_\w+)`", page))
        self.assertGreater(len(named), 10)
        self.assertEqual([name for name in sorted(named) if f"def {name}(" not in tests], [])


class Processes(unittest.TestCase):
    def test_torch_is_not_needed(self):
        code = "import sys; sys.modules['torch'] = None; import winnow; p = winnow.Pruner(9, epochs=2); p.plan(0); p.observe_all([1.0] * 9); print(p.plan(1).count)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(PACKAGE)})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(int(done.stdout), range(1, 10))

    def test_a_forked_child_is_told_and_ends_in_peace(self):
        pruner = Pruner(50, epochs=2)
        plan = pruner.plan(0)
        reader, writer = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            try:
                pruner.plan(1)
            except InvalidState as error:
                os.write(writer, str(error).encode())
            except BaseException as error:
                os.write(writer, repr(error).encode())
            del plan, pruner
            gc.collect()
            os._exit(0)
        os.close(writer)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        with os.fdopen(reader) as said:
            self.assertIn("a forked process can't use its parent's pruner", said.read())
        self.assertEqual(pruner.plan(0).hash, plan.hash)


if __name__ == "__main__":
    unittest.main()
