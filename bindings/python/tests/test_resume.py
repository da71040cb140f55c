"""Going on in the middle of an epoch: what was updated never comes again, whatever the batch size, and the length is that of what is left."""
import itertools
import random
import shutil
import unittest

import numpy as np

try:
    import torch
    from torch.utils.data import DataLoader
except ImportError as error:
    raise unittest.SkipTest(f"no torch: {error}")

import winnow
from loops import Programs, Squares, losses_of
from winnow import BadCheckpoint, InvalidInput, InvalidState, Pruner

SAMPLES, EPOCHS = 100, 5


def make(method="infobatch", **settings):
    return Pruner(SAMPLES, method, epochs=EPOCHS, seed=3, **settings)


def epoch_of(pruner, loader, batches=None):
    """Goes through (some batches of) an iteration, updating each; gives the ids, batch by batch."""
    seen = []
    for ids, _ in itertools.islice(loader, batches):
        pruner.update(ids, losses_of(ids, pruner.current.epoch))
        seen.append(ids.tolist())
    return seen


def loader_of(pruner, batch_size, **options):
    return DataLoader(winnow.Indexed(Squares(SAMPLES)), batch_sampler=winnow.BatchSampler(pruner, batch_size), **options)


def restored(pruner):
    again = make(pruner.method)
    again.load_state_dict(pruner.state_dict())
    return again


class Batches(unittest.TestCase):
    def test_of_another_size_hold_what_is_left_and_nothing_else(self):
        for before, after, steps in ((10, 16, 3), (10, 5, 3), (8, 64, 3), (64, 8, 1), (10, 100, 6), (1, 7, 50), (100, 1, 0), (7, 1000, 9)):
            for epoch in (0, 2):
                with self.subTest(before=before, after=after, epoch=epoch):
                    pruner = make()
                    for earlier in range(epoch):
                        epoch_of(pruner, loader_of(pruner, 20))
                    seen = epoch_of(pruner, loader_of(pruner, before), steps)
                    again = restored(pruner)
                    loader = loader_of(again, after)
                    left = again.current.count - sum(map(len, seen))
                    self.assertEqual(len(loader), -(-left // after))
                    batches = epoch_of(again, loader)
                    self.assertEqual(len(batches), len(loader))
                    self.assertEqual(sorted(sum(seen + batches, [])), sorted(again.current.order.tolist()))
                    # Balanced: no step rests on a handful of samples.
                    self.assertLessEqual(max(map(len, batches)) - min(map(len, batches)), 1)
                    self.assertEqual((again.statistics.unobserved, again.statistics.repeated, again.progress), (0, 0, (epoch + 1) / EPOCHS))

    def test_of_the_same_size_are_those_that_would_have_followed(self):
        for size in (1, 7, 10, 33, 100):
            whole, parts = make(), make()
            expected = epoch_of(whole, loader_of(whole, size))
            for taken in range(len(expected)):
                parts = restored(parts)
                loader = loader_of(parts, size)
                self.assertEqual(len(loader), len(expected) - taken)
                self.assertEqual(epoch_of(parts, loader, 1), [expected[taken]])
            self.assertEqual(whole.state_dict(), parts.state_dict())

    def test_at_random_sizes_and_orders_come_once_each(self):
        rng = random.Random(1)
        for _ in range(30):
            pruner, seen = make(rng.choice(["infobatch", "random:keep=0.6", "repb"])), []
            for earlier in range(rng.randrange(3)):
                epoch_of(pruner, loader_of(pruner, 20))
            while not seen or pruner.statistics.unobserved:
                pruner = restored(pruner)
                loader = loader_of(pruner, rng.randrange(1, 40))
                batches = [ids for ids, _ in loader]
                self.assertEqual(len(batches), len(loader))
                # Some of what was fetched comes back, in another order and in parts.
                for ids in rng.sample(batches, rng.randrange(1, len(batches) + 1)):
                    part = ids[torch.randperm(len(ids))][:rng.randrange(1, len(ids) + 1)]
                    pruner.update(part, losses_of(part, pruner.current.epoch))
                    seen += part.tolist()
            self.assertEqual(sorted(seen), sorted(pruner.current.order.tolist()))
            self.assertEqual(pruner.statistics.repeated, 0)

    def test_of_a_loader_and_of_single_ids_are_the_same(self):
        pruner = make()
        epoch_of(pruner, loader_of(pruner, 10), 4)
        left = pruner.unobserved().tolist()
        self.assertEqual(left, pruner.current.order[40:].tolist())
        single = winnow.Sampler(restored(pruner))
        self.assertEqual(len(single), 60)
        self.assertEqual(len(DataLoader(Squares(SAMPLES), sampler=single, batch_size=16)), 4)
        self.assertEqual(list(single), left)
        again = restored(pruner)
        loader = winnow.Loader(Squares(SAMPLES), again, batch_size=16, num_workers=1)
        self.assertEqual(len(loader), 4)
        given = []
        for x in loader:
            given += x.sqrt().long().tolist()
            loader.update(x)
        self.assertEqual((given, again.statistics.repeated), (left, 0))

    def test_of_a_smaller_size_take_over_in_the_same_process(self):
        # Such as where memory ran out: the same pruner, a new loader.
        pruner = make()
        seen = epoch_of(pruner, loader_of(pruner, 50), 1)
        smaller = loader_of(pruner, 7)
        with self.assertRaisesRegex(InvalidState, "50 of the 100 samples of epoch 0 have no loss yet"):
            iter(smaller)
        smaller.batch_sampler.set_epoch(0)
        self.assertEqual(len(smaller), 8)
        batches = epoch_of(pruner, smaller)
        self.assertEqual(len(batches), 8)
        self.assertEqual(sorted(sum(seen + batches, [])), list(range(SAMPLES)))
        self.assertEqual(pruner.statistics.repeated, 0)


class FinishedEpochs(unittest.TestCase):
    def finished(self, epochs=2):
        pruner = make()
        for _ in range(epochs):
            epoch_of(pruner, loader_of(pruner, 10))
        return restored(pruner)

    def test_are_followed_by_the_next_whose_length_is_known(self):
        pruner = self.finished()
        loader = loader_of(pruner, 16)
        self.assertEqual(pruner.current.epoch, 1)
        before, length = pruner.state_dict(), len(loader)
        # Asking changes nothing: one of several processes may do it alone.
        self.assertEqual((pruner.current.epoch, pruner.state_dict()), (1, before))
        self.assertEqual(len(epoch_of(pruner, loader)), length)
        self.assertEqual((len(loader), length), (-(-pruner.current.count // 16),) * 2)
        self.assertLess(pruner.current.count, SAMPLES)
        self.assertEqual((pruner.current.epoch, pruner.statistics.repeated), (2, 0))

    def test_have_nothing_left_where_they_are_named(self):
        for options in ({}, {"num_workers": 1}, {"num_workers": 1, "persistent_workers": True}):
            for ask in (False, True):
                with self.subTest(options, ask=ask):
                    pruner = self.finished()
                    loader, epochs = loader_of(pruner, 16, **options), []
                    if ask:
                        self.assertGreater(len(loader), 0)
                    # The loop of a program that saved at the end of epoch 1 and begins again with it.
                    for epoch in range(1, EPOCHS):
                        loader.batch_sampler.set_epoch(epoch)
                        length = len(loader)
                        epochs.append(epoch_of(pruner, loader))
                        self.assertEqual(length, len(epochs[-1]))
                    self.assertEqual(epochs[0], [])
                    self.assertTrue(all(epochs[1:]))
                    self.assertEqual((pruner.statistics.epochs, pruner.statistics.repeated, pruner.statistics.unobserved), (EPOCHS, 0, 0))

    def test_are_not_visited_again_in_silence(self):
        pruner = make()
        loader = loader_of(pruner, 10)
        epoch_of(pruner, loader)
        loader.batch_sampler.set_epoch(0)
        with self.assertRaisesRegex(InvalidState, r"every sample of epoch 0 has its loss already.*set_epoch\(1\)"):
            iter(loader)

    def test_that_end_the_run_stay_its_end(self):
        pruner = self.finished(EPOCHS)
        loader = loader_of(pruner, 10)
        self.assertEqual(len(loader), 0)
        with self.assertRaisesRegex(InvalidInput, f"epoch is {EPOCHS}; it is in"):
            iter(loader)


class Beginnings(unittest.TestCase):
    def test_have_a_length_that_changes_nothing(self):
        pruner = make("random:keep=0.4")
        loader = winnow.Loader(Squares(SAMPLES), pruner, batch_size=7)
        self.assertEqual((len(loader), pruner.current), (6, None))
        self.assertEqual(len(winnow.Sampler(pruner)), 40)
        pruner.preload(np.ones(SAMPLES))  # possible only before the first plan
        self.assertEqual(sum(1 for x in loader if loader.update(x) is not None), 6)


class States(unittest.TestCase):
    def test_of_another_epoch_than_they_say_are_refused_and_change_nothing(self):
        pruner = make()
        epoch_of(pruner, loader_of(pruner, 10))
        state, before = pruner.state_dict(), make().state_dict()
        for wrong, kind, text in (({**state, "epoch": 1}, BadCheckpoint, "the state says epoch 1 and holds another"), ({**state, "epoch": None}, BadCheckpoint, "holds 1 planned epochs"),
                                  ({**before, "epoch": 0}, BadCheckpoint, "the state says epoch 0"), ({**state, "epoch": 2 ** 32}, InvalidInput, "the state's epoch is 4294967296"),
                                  ({**state, "epoch": 0.0}, InvalidInput, "the state's epoch is 0.0"), ({"winnow": 1, "state": state["state"]}, InvalidInput, "no state of a winnow.Pruner"),
                                  ([1], InvalidInput, "no state"), ({**state, "state": b""}, BadCheckpoint, "")):
            other = make()
            with self.assertRaisesRegex(kind, text):
                other.load_state_dict(wrong)
            self.assertEqual(other.state_dict(), before)
        other.load_state_dict(state)
        self.assertEqual(other.state_dict(), state)


class Processes(Programs):
    def test_killed_go_on_in_another_number_and_at_another_size(self):
        for ranks, batch in ((3, 50), (1, 20)):
            folder = self.folder(f"{ranks}")
            processes = self.several(folder, 2, "--pause", 0.4)
            for process in processes:
                for _ in range(11):
                    self.assertTrue(process.stdout.readline())
            for process in processes:
                process.kill()
            for process in processes:
                process.communicate()
            for rank in range(2, ranks):
                shutil.copy(folder / "state0.pt", folder / f"state{rank}.pt")
            self.end(*self.several(folder, ranks, "--batch", batch))
            results = [torch.load(folder / f"result{rank}.pt") for rank in range(ranks)]
            for result in results:
                self.same(results[0], result)
                self.assertEqual((result["repeated"], result["observed"]), (0, result["planned"]))


if __name__ == "__main__":
    unittest.main()
