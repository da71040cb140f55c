"""Inside a PyTorch loop: real DataLoaders, workers and processes."""
import random
import signal
import socket
import sys
import unittest

import numpy as np

try:
    import torch
    from torch.utils.data import DataLoader
except ImportError as error:
    raise unittest.SkipTest(f"no torch in {sys.executable}: {error}")

import winnow
from loops import Programs, Squares, losses_of
from winnow import InvalidInput, InvalidState, Pruner


class Loading(unittest.TestCase):
    def scores(self, **options):
        pruner = Pruner(300, epochs=5, seed=2)
        loader = DataLoader(winnow.Indexed(Squares(300)), batch_sampler=winnow.BatchSampler(pruner, 32), **options)
        hashes = []
        for epoch in range(5):
            visited = []
            for ids, items in loader:
                self.assertTrue(torch.equal(items, (ids * ids).float()))
                pruner.update(ids, losses_of(ids, epoch))
                visited += ids.tolist()
            self.assertEqual(visited, pruner.current.order.tolist())
            hashes.append(pruner.current.hash)
        return hashes, pruner.column("loss").tobytes()

    def test_workers_prefetching_and_persistence_change_nothing(self):
        expected = self.scores()
        for options in ({"num_workers": 2}, {"num_workers": 2, "prefetch_factor": 4, "persistent_workers": True}, {"num_workers": 1, "persistent_workers": True},
                        {"num_workers": 1, "multiprocessing_context": "spawn"}):
            with self.subTest(options):
                self.assertEqual(self.scores(**options), expected)

    def test_a_wrapper_that_fetches_ahead_gives_the_same_scores(self):
        def ahead(loader, depth):
            waiting = []
            for batch in loader:
                waiting.append(batch)
                if len(waiting) > depth:
                    yield waiting.pop(0)
            yield from waiting

        stored = []
        for depth in (0, 1, 4):
            pruner = Pruner(300, epochs=3, seed=2)
            loader = DataLoader(winnow.Indexed(Squares(300)), batch_sampler=winnow.BatchSampler(pruner, 32))
            for epoch in range(3):
                for ids, _ in ahead(loader, depth):
                    pruner.update(ids, losses_of(ids, epoch))
            stored.append(pruner.column("loss").tobytes())
        self.assertEqual(len(set(stored)), 1)

    def test_the_plain_sampler_works_with_the_loaders_own_batches(self):
        pruner = Pruner(100, epochs=4, seed=1)
        loader = DataLoader(winnow.Indexed(Squares(100)), sampler=winnow.Sampler(pruner), batch_size=32, num_workers=1)
        for epoch in range(4):
            for ids, _ in loader:
                pruner.update(ids, losses_of(ids, epoch))
        self.assertEqual((pruner.statistics.epochs, pruner.statistics.unobserved), (4, 0))

    def test_an_iteration_too_many_is_refused_rather_than_eaten(self):
        pruner = Pruner(100, epochs=4)
        loader = winnow.Loader(Squares(100), pruner, batch_size=32)
        next(iter(loader))
        with self.assertRaisesRegex(InvalidState, "a second iteration was begun though no loss of epoch 0 was given"):
            iter(loader)
        loader.set_epoch(0)
        for x in loader:
            loader.update(x / 9)
        self.assertEqual(pruner.statistics.unobserved, 0)

    def test_an_iteration_that_was_left_early_names_what_is_missing(self):
        pruner = Pruner(100, epochs=4)
        loader = winnow.Loader(Squares(100), pruner, batch_size=30)
        for x in loader:
            loader.update(x)
            break
        with self.assertRaisesRegex(InvalidState, "75 of the 100 samples of epoch 0 have no loss yet"):
            iter(loader)

    def test_the_length_is_right_from_the_beginning_of_each_iteration(self):
        pruner = Pruner(1000, "infobatch:keep=0.2", epochs=8, seed=1)
        loader = winnow.Loader(Squares(1000), pruner, batch_size=32)
        lengths = []
        for epoch in range(8):
            if epoch % 2:
                loader.set_epoch(epoch)
                lengths.append(len(loader))
            batches = iter(loader)
            found = len(loader)
            self.assertEqual(found, sum(1 for _ in self.done(loader, batches, epoch)))
        self.assertLess(min(lengths), 32)

    @staticmethod
    def done(loader, batches, epoch):
        for x in batches:
            loader.update(losses_of(x, epoch))
            yield x

    def test_items_are_collated_as_before(self):
        pruner = Pruner(10, epochs=1)
        loader = winnow.Loader(Squares(10), pruner, batch_size=4, collate_fn=lambda items: {"n": len(items), "sum": sum(items)})
        total = 0
        for batch in loader:
            total += batch["sum"].item()
            loader.update(torch.ones(batch["n"]))
        self.assertEqual(total, sum(i * i for i in range(10)))
        for name in ("shuffle", "sampler", "drop_last"):
            with self.assertRaisesRegex(InvalidInput, f"{name} is the pruner's"):
                winnow.Loader(Squares(10), pruner, batch_size=4, **{name: True})
        with self.assertRaisesRegex(InvalidInput, "a data set of 9 samples for a pruner of 10"):
            winnow.Loader(Squares(9), pruner, batch_size=4)

    def test_data_sets_that_cannot_be_asked_by_number_are_refused_by_name(self):
        class Stream(torch.utils.data.IterableDataset):
            def __iter__(self):
                return iter(range(10))

        class SizedStream(Stream):
            def __len__(self):
                return 10

        class Bare(torch.utils.data.Dataset):
            def __len__(self):
                return 10

        class Endless:
            def __getitem__(self, i):
                return torch.tensor(float(i))

        pruner = Pruner(10, epochs=2)
        for dataset, text in ((SizedStream(), "SizedStream is an iterable data set"), (Stream(), "Stream is an iterable data set"), (Bare(), "Bare has no __getitem__"),
                              (iter([1, 2]), "list_iterator has no __getitem__"), (Endless(), "Endless has no __len__")):
            for make in (lambda: winnow.Loader(dataset, pruner, batch_size=4), lambda: winnow.Indexed(dataset)):
                with self.assertRaisesRegex(InvalidInput, text + ".*pass a data set with __getitem__ and __len__"):
                    make()
        with self.assertRaisesRegex(InvalidInput, r"int is no winnow.Pruner; make one with winnow.Pruner\(len\(data\), "):
            winnow.Loader(Squares(10), 10, batch_size=4)
        # A list has both.
        self.assertEqual(len(winnow.Loader([1.0] * 10, pruner, batch_size=4)), 3)

    def test_tiny_sets_and_batches_of_one(self):
        for count in (1, 2, 3):
            pruner = Pruner(count, epochs=3)
            loader = winnow.Loader(Squares(count), pruner, batch_size=1)
            for epoch in range(3):
                for x in loader:
                    self.assertEqual(x.shape, (1,))
                    loader.update(x)
            self.assertEqual(pruner.statistics.unobserved, 0)


class Updating(unittest.TestCase):
    def setUp(self):
        self.pruner = Pruner(400, "infobatch:keep=0.3", epochs=8, seed=4)
        for epoch in range(2):
            plan = self.pruner.plan(epoch)
            self.pruner.observe_all(losses_of(torch.from_numpy(plan.order.astype(np.int64)), epoch))
        self.plan = self.pruner.plan(2)
        self.ids = torch.from_numpy(self.plan.order[:64].astype(np.int64))
        self.raw = torch.rand(64, generator=torch.Generator().manual_seed(1)).requires_grad_()
        self.weights = torch.from_numpy(self.plan.weights[self.plan.order[:64]])
        self.assertGreater(len(self.weights.unique()), 1)

    def check(self, found, expected):
        gradient, = torch.autograd.grad(expected, self.raw, retain_graph=True)
        torch.testing.assert_close(found, expected)
        torch.testing.assert_close(torch.autograd.grad(found, self.raw)[0], gradient)

    def test_divides_by_the_sum_of_weights_and_leaves_the_losses_as_they_are(self):
        before = self.raw.detach().clone()
        self.check(self.pruner.update(self.ids, self.raw), (self.raw * self.weights).sum() / self.weights.sum())
        self.assertTrue(torch.equal(before, self.raw))
        np.testing.assert_array_equal(self.pruner.column("loss")[self.ids.numpy()], before.numpy())

    def test_divides_by_the_count_when_asked(self):
        self.check(self.pruner.update(self.ids, self.raw, normalize="batch"), (self.raw * self.weights).mean())

    def test_gives_the_weighted_losses_for_an_accumulation_window(self):
        parts = [self.pruner.update(self.ids[i:i + 8], self.raw[i:i + 8], normalize="none").sum() for i in range(0, 64, 8)]
        self.check(sum(parts) / self.weights.sum(), (self.raw * self.weights).sum() / self.weights.sum())
        with self.assertRaisesRegex(InvalidInput, "normalize='sum'"):
            self.pruner.update(self.ids, self.raw, normalize="sum")

    def test_ids_stay_exact_with_losses_of_half_precision(self):
        many = 20_000_000
        pruner = Pruner(many, epochs=2)
        pruner.plan(0)
        ids = torch.tensor([many - 1, 16_777_217, 2049, 257])
        for kind in (torch.bfloat16, torch.float16, torch.float64):
            loss = pruner.update(ids, torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=kind, requires_grad=True))
            loss.backward()
            self.assertEqual(pruner.column("loss")[ids.numpy()].tolist(), [1, 2, 3, 4])
        self.assertEqual(int(pruner.seen.sum()), 4)
        with self.assertRaisesRegex(InvalidInput, "whole numbers"):
            pruner.update(ids.double(), torch.ones(4))

    def test_other_shapes_are_refused_with_the_remedy(self):
        for ids, losses in ((self.ids, self.raw.mean()), (self.ids, self.raw[:-1]), (self.ids, self.raw.reshape(8, 8))):
            with self.assertRaisesRegex(InvalidInput, "reduction='none'"):
                self.pruner.update(ids, losses)

    def test_the_loader_refuses_losses_that_could_be_of_another_batch(self):
        pruner = Pruner(100, epochs=2)
        loader = winnow.Loader(Squares(100), pruner, batch_size=50)
        with self.assertRaisesRegex(InvalidState, "0 batches were given out"):
            loader.update(torch.ones(50))
        batches = iter(loader)
        next(batches), next(batches)
        with self.assertRaisesRegex(InvalidState, "2 batches were given out since the last update"):
            loader.update(torch.ones(50))

    def test_batch_means_reach_a_method_that_looks_at_them(self):
        pruner = Pruner(100, "repb", epochs=6, seed=1)
        loader = winnow.Loader(Squares(100), pruner, batch_size=25)
        for epoch in range(3):
            for x in loader:
                loader.update(losses_of(x.sqrt().long(), epoch))
        self.assertLess(pruner.statistics.planned, 300)

    def test_predictions_are_of_the_models_own_choice(self):
        confidences, correct = winnow.predictions(torch.tensor([[0.0, 0.0], [5.0, -5.0]]), torch.tensor([0, 1]))
        torch.testing.assert_close(confidences[0], torch.tensor(0.5))
        self.assertGreater(confidences[1].item(), 0.99)
        self.assertEqual(correct.tolist(), [True, False])

    def test_predictions_are_one_a_sample(self):
        logits = torch.zeros(4, 3)
        # Each of these would be compared all with all, or not at all.
        for wrong in ((logits, torch.zeros(4, 1, dtype=torch.int64)), (logits, torch.zeros(3, dtype=torch.int64)), (logits, torch.zeros(4)), (logits, [0] * 4), (logits, 1),
                      (logits.reshape(4, 3, 1), torch.zeros(4, dtype=torch.int64)), (torch.zeros(4), torch.zeros(4, dtype=torch.int64)), (logits.numpy(), torch.zeros(4, dtype=torch.int64))):
            with self.assertRaisesRegex(InvalidInput, r"logits are .* and targets .*; they are tensors of \[samples, classes\]"):
                winnow.predictions(*wrong)


class Schedules(unittest.TestCase):
    def test_end_where_they_should_however_many_batches_are_pruned(self):
        parameter = torch.nn.Parameter(torch.zeros(1))
        optimizer = torch.optim.SGD([parameter], lr=0.5)
        pruner = Pruner(500, "infobatch:keep=0.2", epochs=10, seed=1)
        schedule = winnow.ProgressLR(optimizer, winnow.one_cycle(), pruner)
        loader, rates = winnow.Loader(Squares(500), pruner, batch_size=50), []
        self.assertAlmostEqual(optimizer.param_groups[0]["lr"], 0.5 / 25)
        for epoch in range(10):
            for x in loader:
                loader.update(losses_of(x, epoch))
                schedule.step()
                rates.append(optimizer.param_groups[0]["lr"])
        self.assertLess(len(rates), 100)
        self.assertAlmostEqual(max(rates), 0.5, places=2)
        self.assertAlmostEqual(rates[-1], 0.5 / 25e4)
        self.assertTrue(all(rate > 0 for rate in rates))

    def test_are_made_of_numbers_and_restored_to_as_many_groups(self):
        for make, text in ((lambda v: winnow.one_cycle(warmup=v), "a share of the run"), (lambda v: winnow.one_cycle(first=v), "a factor"), (lambda v: winnow.one_cycle(last=v), "a factor"),
                           (winnow.cosine, "a factor")):
            for wrong in (None, "0.1", -0.1, float("nan"), float("inf"), [0.1], True, torch.tensor([0.1, 0.2])):
                with self.assertRaisesRegex(InvalidInput, text):
                    make(wrong)
        for wrong in (0, 1, 1.5):
            with self.assertRaisesRegex(InvalidInput, f"warmup is {wrong}"):
                winnow.one_cycle(warmup=wrong)
        self.assertAlmostEqual(winnow.cosine(np.float32(0.25))(1), winnow.cosine(torch.tensor(0.25))(1))
        parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
        one, two = torch.optim.SGD(parameters, lr=0.5), torch.optim.SGD([{"params": parameters[:1]}, {"params": parameters[1:]}], lr=0.5)
        pruner = Pruner(10, epochs=2)
        schedule = winnow.ProgressLR(two, winnow.cosine(), pruner)
        schedule.load_state_dict({"base": [0.25, 0.125]})
        self.assertEqual([group["lr"] for group in two.param_groups], [0.25, 0.125])
        for wrong, text in ((winnow.ProgressLR(one, winnow.cosine(), pruner).state_dict(), "the state has 1 learning rates and the optimizer 2 groups"), ({}, "no state"), (None, "no state"),
                            ({"base": 3}, "no state"), ({"base": [0.1, "a"]}, r"base\[1\] is 'a'"), ({"base": [-1, 1]}, r"base\[0\] is -1")):
            with self.assertRaisesRegex(InvalidInput, text):
                schedule.load_state_dict(wrong)
        self.assertEqual(schedule.base, [0.25, 0.125])
        with self.assertRaisesRegex(InvalidInput, "int is no winnow.Pruner"):
            winnow.ProgressLR(two, winnow.cosine(), 10)
        with self.assertRaisesRegex(InvalidInput, "float is no schedule"):
            winnow.ProgressLR(two, 0.5, pruner)

    def test_one_cycle_is_torchs(self):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        theirs = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.5, total_steps=1001, cycle_momentum=False)
        ours = winnow.one_cycle()
        for step in range(1000):
            # Theirs turns at step 299.3: the difference of their count to ours.
            self.assertAlmostEqual(optimizer.param_groups[0]["lr"], 0.5 * ours(step / 1000), delta=0.003)
            optimizer.step()
            theirs.step()
        self.assertAlmostEqual(winnow.cosine(0.1)(1.0), 0.1)


class Trainings(Programs):
    def test_killed_again_and_again_end_with_the_same_weights(self):
        whole, parts = self.folder("whole"), self.folder("parts")
        self.end(self.start(whole, "--workers", 1))
        rng, kills = random.Random(3), 0
        for _ in range(4):
            process = self.start(parts, "--pause", 0.02, "--workers", 1)
            for _ in range(rng.randrange(3, 12)):
                if not process.stdout.readline():
                    break
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += process.returncode == -signal.SIGKILL
        self.assertGreaterEqual(kills, 3)
        self.end(self.start(parts, "--pause", 0.0001))
        expected, found = torch.load(whole / "result0.pt"), torch.load(parts / "result0.pt")
        self.same(expected, found)
        self.assertEqual(expected["pruner"], found["pruner"])
        self.assertEqual((expected["planned"], expected["observed"], 0), (found["planned"], found["observed"], found["repeated"]))

    def test_two_gloo_processes_plan_and_learn_what_one_does(self):
        for method in ("infobatch", "repb", "infobatch+confident:tau=0.8"):
            one, two = self.folder(f"one-{method}"), self.folder(f"two-{method}")
            self.end(self.start(one, "--method", method), *self.several(two, 2, "--method", method))
            alone, ranks = torch.load(one / "result0.pt"), [torch.load(two / f"result{rank}.pt") for rank in range(2)]
            # Between the ranks everything is equal to the bit; sums in another order differ in the last places from those of one process.
            self.same(ranks[0], ranks[1])
            self.assertEqual(ranks[0]["pruner"], ranks[1]["pruner"])
            self.assertEqual(ranks[0]["hashes"], ranks[1]["hashes"])
            self.assertEqual(ranks[0]["observed"], ranks[0]["planned"])
            self.assertEqual(ranks[0]["repeated"], 0)
            self.assertEqual(alone["hashes"][0], ranks[0]["hashes"][0])
            self.assertLess(ranks[0]["planned"], 250 * 6)
            if method != "repb":
                self.assertEqual(alone["planned"], ranks[0]["planned"])
                self.same(alone, ranks[0], exactly=False)
                torch.testing.assert_close(alone["losses"], ranks[0]["losses"], rtol=1e-3, atol=1e-4)

    def test_batches_that_do_not_divide_among_processes_lose_no_sample(self):
        folder = self.folder("three")
        self.end(*self.several(folder, 3, "--batch", 12))
        results = [torch.load(folder / f"result{rank}.pt") for rank in range(3)]
        self.assertEqual(results[0]["observed"], results[0]["planned"])
        self.same(results[0], results[2])

    def test_two_processes_killed_and_started_again_end_with_the_same_weights(self):
        whole, parts = self.folder("whole2"), self.folder("parts2")
        self.end(*self.several(whole, 2, "--pause", 0.0001))
        processes = self.several(parts, 2, "--pause", 0.4)
        for process in processes:
            for _ in range(11):
                self.assertTrue(process.stdout.readline())
        # Both have saved their eleventh step and sleep.
        for process in processes:
            process.kill()
        for process in processes:
            process.communicate()
        states = [torch.load(parts / f"state{rank}.pt") for rank in range(2)]
        self.assertEqual(states[0]["pruner"], states[1]["pruner"])
        self.end(*self.several(parts, 2, "--pause", 0.0001))
        self.same(torch.load(whole / "result0.pt"), torch.load(parts / "result0.pt"))

    def test_processes_with_different_seeds_are_told_at_the_first_plan(self):
        folder = self.folder("different")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        processes = [self.start(folder, "--ranks", 2, "--rank", rank, "--port", port, "--seed", rank) for rank in range(2)]
        for process in processes:
            _, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 1)
            self.assertRegex(errors, r"InvalidState: the processes planned different epochs \(rank 0: epoch 0 plan [0-9a-f]{16}, rank 1: epoch 0 plan [0-9a-f]{16}\)")

    def test_sharing_has_to_be_said_and_to_be_possible(self):
        with self.assertRaisesRegex(InvalidState, "init_process_group"):
            Pruner(10, epochs=2, distributed=True)


if __name__ == "__main__":
    unittest.main()
