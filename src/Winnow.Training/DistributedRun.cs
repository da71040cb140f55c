using System.Globalization;
using Winnow.Plans;
using Winnow.Torch;
using Winnow.Torch.Distributed;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>
/// What a run does together with the processes it is one of; for a process alone each of these is what it would be without them. All
/// ranks compute the same plan, hold the same weights, and are told all losses, so that nothing but gradients travels from step to step.
/// </summary>
internal sealed class DistributedRun : IDisposable
{
    private readonly ProcessGroup? _group;
    private readonly Network _model;
    private readonly CancellationToken _stop;
    private readonly GradientBuckets? _buckets;
    private bool _agreedToStop;

    public DistributedRun(ProcessGroup? group, Network model, CancellationToken stop)
    {
        (_group, _model, _stop) = (group, model, stop);
        if (group is not null)
        {
            // The same seed draws the same weights on the same processor; on different ones the last bit may differ.
            Exchange(model.State.Where(static entry => entry.Tensor.is_floating_point()), all => group.Broadcast(all));
            _buckets = new GradientBuckets(group, model.Parameters, numbers: 2);
        }
    }

    /// <summary>How many processes there are.</summary>
    public int Count => _group?.Size ?? 1;

    /// <summary>Which of them this is.</summary>
    public int Rank => _group?.Rank ?? 0;

    /// <summary>
    /// Whether the run is to end. Ranks have to end after the same step: each one's wish travels with the gradients, and a wish that comes
    /// in between counts from the next step on.
    /// </summary>
    public bool Stopping => _group is null ? _stop.IsCancellationRequested : _agreedToStop;

    /// <summary>Whether the run's state is to be saved after the step that was last taken: rank 0 says so, and all have a part in it.</summary>
    public bool Saving { get; private set; }

    /// <summary>Whether any rank says so; all have to ask.</summary>
    public bool Any(bool mine) => _group is null ? mine : _group.AllGather<long>([mine ? 1 : 0]).Contains(1);

    /// <summary>Makes sure that all ranks are about to train on the same plan.</summary>
    /// <exception cref="TrainingFailedException">They aren't: names epoch and ranks.</exception>
    public void Agree(EpochPlan plan)
    {
        if (_group is null)
        {
            return;
        }

        var all = _group.AllGather<long>([plan.Epoch, (long)plan.Hash]);
        for (var rank = 1; rank < Count; rank++)
        {
            if (all[2 * rank] != all[0] || all[(2 * rank) + 1] != all[1])
            {
                throw new TrainingFailedException(string.Create(CultureInfo.InvariantCulture,
                    $"rank {rank} has another plan than rank 0: {all[(2 * rank) + 1]:x16} for epoch {all[2 * rank] + 1}, and rank 0 has {all[1]:x16} for epoch {all[0] + 1}; all ranks need the same program, data, seed and method."));
            }
        }
    }

    /// <summary>The backward pass of this rank's share of a batch's loss; afterwards the gradients are the whole batch's.</summary>
    /// <param name="loss">The share's part of the loss.</param>
    /// <param name="save">Whether this rank wants the run's state saved after the step.</param>
    /// <param name="last">False for a part of the share that others follow: its gradients are added to theirs.</param>
    public void Backward(Tensor loss, bool save, bool last = true)
    {
        if (!last)
        {
            loss.backward();
            return;
        }

        if (_buckets is null)
        {
            loss.backward();
            Saving = save;
            return;
        }

        Span<double> wishes = [_stop.IsCancellationRequested ? 1 : 0, save ? 1 : 0];
        _buckets.Arm(wishes);
        loss.backward();
        _buckets.Finish(wishes);
        (_agreedToStop, Saving) = (wishes[0] > 0, wishes[1] > 0);
    }

    /// <summary>Gives all ranks the file that rank 0 has. False when it has none.</summary>
    /// <param name="file">Rank 0's; null where there is none, and on the other ranks.</param>
    /// <param name="take">Called on the others, with the file's content.</param>
    public bool HandOut(string? file, Action<Stream> take)
    {
        if (_group is null)
        {
            return file is not null;
        }

        using Stream stream = Rank > 0 ? Scratch() : file is null ? new MemoryStream() : File.OpenRead(file);
        _group.Broadcast(stream);
        if (Rank > 0 && stream.Length > 0)
        {
            stream.Position = 0;
            take(stream);
        }

        return stream.Length > 0;
    }

    /// <summary>
    /// Gives all ranks the mean of their running statistics, which each has from its own shares: what is evaluated and kept is then the same
    /// everywhere and has seen all samples.
    /// </summary>
    public void ShareStatistics()
    {
        if (_group is not null && _model.Statistics.Any())
        {
            Exchange(_model.Statistics, all =>
            {
                _group.AllReduce(all);
                all.mul_(1.0 / Count);
            });
        }
    }

    /// <summary>
    /// The running statistics of all ranks, one rank's after the other: between two steps each has its own. Empty for a process alone, and
    /// where the model has none.
    /// </summary>
    public float[] GatherStatistics()
    {
        if (_group is null || !_model.Statistics.Any())
        {
            return [];
        }

        using var scope = NewDisposeScope();
        return _group.AllGather<float>(Flat(_model.Statistics).ToArray<float>());
    }

    /// <summary>Takes what <see cref="GatherStatistics"/> gave: this rank's own where there are as many ranks as there were, else the mean of all.</summary>
    public void LoadStatistics(float[] all)
    {
        var length = (int)_model.Statistics.Sum(static entry => entry.Tensor.numel());
        var ranks = all.Length / length;
        var mine = new float[length];
        for (var k = 0; k < length; k++)
        {
            double sum = 0;
            for (var rank = 0; rank < ranks; rank++)
            {
                sum += all[(rank * length) + k];
            }

            mine[k] = ranks == Count ? all[(Rank * length) + k] : (float)(sum / ranks);
        }

        Exchange(_model.Statistics, flat => flat.CopyFrom<float>(mine));
    }

    /// <summary>Has each rank compute its part of some samples, in order; all get everything. Null when stopped, which all ranks are together.</summary>
    /// <param name="ids">The samples, at least one.</param>
    /// <param name="compute">Gives the columns of a part; asks its second argument before each batch whether to end.</param>
    public SampleColumns? Share(int[] ids, Func<int[], Func<bool>, SampleColumns?> compute)
    {
        if (_group is null)
        {
            return compute(ids, () => _stop.IsCancellationRequested);
        }

        var (start, _) = RankShare.Part(ids.Length, Rank, Count);
        var mine = new int[RankShare.LongestPart(ids.Length, Count)];
        for (var k = 0; k < mine.Length; k++)
        {
            mine[k] = ids[Math.Min(start + k, ids.Length - 1)];
        }

        // Every rank has as many batches, so that all ask each other as often.
        return compute(mine, () => _agreedToStop = Any(_stop.IsCancellationRequested)) is { } signals
            ? Merge(signals, mine, [0, mine.Length], [ids.Length], place => ids[place])
            : null;
    }

    /// <summary>
    /// Puts what all ranks observed into the order of the whole. Ids travel as integers, beside the columns: those of large data sets don't fit into floats.
    /// </summary>
    /// <param name="mine">This rank's columns, its shares one after the other.</param>
    /// <param name="ids">What they are of.</param>
    /// <param name="starts">Where each share begins, and the end.</param>
    /// <param name="counts">How many samples each batch has on all ranks together.</param>
    /// <param name="idAt">The sample at a place of the whole.</param>
    /// <exception cref="TrainingFailedException">A rank observed a sample that is no share of its.</exception>
    public SampleColumns Merge(SampleColumns mine, ReadOnlySpan<int> ids, ReadOnlySpan<int> starts, ReadOnlySpan<int> counts, Func<int, int> idAt)
    {
        var length = starts[^1];
        string[] names = [.. mine.Names.Order(StringComparer.Ordinal)];
        var widths = Array.ConvertAll(names, mine.Width);
        var allIds = _group!.AllGather<long>(Array.ConvertAll(ids[..length].ToArray(), static id => (long)id));
        var all = _group.AllGather<float>([.. names.Zip(widths).SelectMany(column => mine[column.First].Take(length * column.Second))]);
        var total = 0;
        foreach (var count in counts)
        {
            total += count;
        }

        var (perRank, merged) = (length * widths.Sum(), Array.ConvertAll(widths, width => new float[total * width]));
        for (int batch = 0, first = 0; batch < counts.Length; first += counts[batch++])
        {
            for (var rank = 0; rank < Count; rank++)
            {
                var share = RankShare.Part(counts[batch], rank, Count);
                var (to, from) = (first + share.Start, starts[batch]);
                for (var k = 0; k < share.Count; k++)
                {
                    if (allIds[(rank * length) + from + k] != idAt(to + k))
                    {
                        throw new TrainingFailedException(string.Create(CultureInfo.InvariantCulture,
                            $"rank {rank} observed sample {allIds[(rank * length) + from + k]} where the plan has {idAt(to + k)}; all ranks need the same program and data."));
                    }
                }

                var column = rank * perRank;
                for (var c = 0; c < names.Length; column += length * widths[c++])
                {
                    all.AsSpan(column + (from * widths[c]), share.Count * widths[c]).CopyTo(merged[c].AsSpan(to * widths[c]));
                }
            }
        }

        return new SampleColumns(total, names.Select((name, c) => KeyValuePair.Create(name, merged[c])));
    }

    /// <summary>The losses of one batch's shares in the order of the batch.</summary>
    public float[] Merge(float[] mine, int count)
    {
        if (_group is null)
        {
            return mine;
        }

        var all = _group.AllGather<float>(mine);
        var merged = new float[count];
        for (var rank = 0; rank < Count; rank++)
        {
            var share = RankShare.Part(count, rank, Count);
            all.AsSpan(rank * mine.Length, share.Count).CopyTo(merged.AsSpan(share.Start));
        }

        return merged;
    }

    public void Dispose() => _buckets?.Dispose();

    /// <summary>Sends tensors as one, and puts back what came of them.</summary>
    private static void Exchange(IEnumerable<(string Name, Tensor Tensor)> state, Action<Tensor> exchange)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        var all = Flat(state);
        exchange(all);
        long start = 0;
        foreach (var (_, tensor) in state)
        {
            tensor.copy_(all.narrow(0, start, tensor.numel()).view(tensor.shape));
            start += tensor.numel();
        }
    }

    /// <summary>A file that no name leads to: it is gone with the process, however that ends.</summary>
    private static FileStream Scratch()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var stream = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        File.Delete(path);
        return stream;
    }

    private static Tensor Flat(IEnumerable<(string Name, Tensor Tensor)> state) =>
        cat([.. state.Select(static entry => entry.Tensor.to(ScalarType.Float32).reshape(-1))]);
}
