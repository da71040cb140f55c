"""A small real training, as a program: python3 training.py FOLDER [--rank R --ranks N --port P] [--pause]. Saves after every batch, goes on from what it finds."""
import argparse
import os
import sys
import time
from pathlib import Path

import torch
from torch.utils.data import DataLoader, TensorDataset

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import winnow  # noqa: E402

SAMPLES, EPOCHS, BATCH = 250, 6, 32


def data():
    torch.manual_seed(7)
    x = torch.randn(SAMPLES, 12)
    y = (x[:, :3].argmax(1) + (torch.rand(SAMPLES) < 0.1).long()) % 3
    return TensorDataset(x, y)


def model():
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Linear(12, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rank", type=int, default=0)
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--method", default="infobatch")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--pause", type=float, default=0)
    o = parser.parse_args()
    torch.set_num_threads(1)
    if o.ranks > 1:
        torch.distributed.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{o.port}", rank=o.rank, world_size=o.ranks)
    dataset, net = data(), model()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)
    pruner = winnow.Pruner(len(dataset), o.method, epochs=EPOCHS, seed=o.seed, distributed=o.ranks > 1)
    sampler = winnow.BatchSampler(pruner, o.batch // o.ranks)
    more = {"persistent_workers": True, "prefetch_factor": 3} if o.workers else {}
    loader = DataLoader(winnow.Indexed(dataset), batch_sampler=sampler, num_workers=o.workers, **more)
    schedule = winnow.ProgressLR(optimizer, winnow.one_cycle(), pruner)
    saved = o.folder / f"state{o.rank}.pt"
    first = 0
    if saved.exists():
        state = torch.load(saved)
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        pruner.load_state_dict(state["pruner"])
        schedule.load_state_dict(state["schedule"])
        first = state["epoch"]
    hashes = []
    for epoch in range(first, EPOCHS):
        sampler.set_epoch(epoch)
        hashes.append(pruner.current.hash)
        for ids, (x, y) in loader:
            schedule.step()
            logits = net(x)
            told = dict(zip(("confidences", "correct"), winnow.predictions(logits, y))) if "confident" in o.method else {}
            loss = pruner.update(ids, torch.nn.functional.cross_entropy(logits, y, reduction="none"), **told)
            optimizer.zero_grad()
            loss.backward()
            if o.ranks > 1:
                for p in net.parameters():
                    torch.distributed.all_reduce(p.grad)
                    p.grad /= o.ranks
            optimizer.step()
            if o.pause:
                whole = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "pruner": pruner.state_dict(), "schedule": schedule.state_dict(), "epoch": epoch}
                torch.save(whole, saved.with_suffix(".new"))
                os.replace(saved.with_suffix(".new"), saved)
                print("step", epoch, flush=True)
                time.sleep(o.pause)
    statistics = pruner.statistics
    losses = torch.from_numpy(pruner.column("loss")) if o.method == "infobatch" else None
    torch.save({"net": net.state_dict(), "losses": losses, "pruner": pruner.state_dict(), "hashes": hashes, "planned": statistics.planned,
                "observed": statistics.observed, "repeated": statistics.repeated}, o.folder / f"result{o.rank}.pt")


if __name__ == "__main__":
    try:
        main()
    finally:
        # Left to the interpreter's end, gloo's threads abort the process.
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
