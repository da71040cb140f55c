using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Winnow.Checkpoints;
using Winnow.Numerics;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Plans;

/// <summary>
/// What one epoch visits: which samples, in which order, with which weights. A fact, not a process: it doesn't change, and reading it
/// in whatever way advances nothing.
/// </summary>
public sealed class EpochPlan
{
    private readonly KeyedOrder? _keyed;
    private readonly Lazy<ulong> _hash;
    private readonly Lock _writing = new();
    private volatile int[]? _order;
    private float[]? _weights;

    private EpochPlan(in EpochContext epoch, float[] weights, int[]? order, int count, KeyedOrder? keyed, double weightSum)
    {
        (Epoch, TotalEpochs, Total, Count, WeightSum) = (epoch.Epoch, epoch.TotalEpochs, weights.Length, count, weightSum);
        (_weights, _order, _keyed) = (weights, order, keyed);
        _hash = new(ComputeHash);
    }

    /// <summary>The epoch, 0-based.</summary>
    public int Epoch { get; }

    /// <summary>How many epochs the run has.</summary>
    public int TotalEpochs { get; }

    /// <summary>How many samples there are, visited or not.</summary>
    public int Total { get; }

    /// <summary>How many samples are visited; at least 1.</summary>
    public int Count { get; }

    /// <summary>The sum of all weights, in float64, added in an order that is the same on every machine.</summary>
    public double WeightSum { get; }

    /// <summary>The first 8 bytes, little-endian, of SHA-256 over epoch, total epochs, order and weights. Computed when first asked for.</summary>
    public ulong Hash => _hash.Value;

    /// <summary>Whether the order follows from a key, so that batches are best read by <see cref="PlannedBatch.CopyIds(Span{int})"/>.</summary>
    public bool IsKeyed => _keyed is not null;

    /// <summary>The ids of the visited samples in visiting order, each once. A keyed plan writes them all down when first asked, 4 bytes a visit.</summary>
    /// <exception cref="InvalidOperationException">The plan's memory went to the next one: <see cref="PrunerOptions.ReusePlans"/>.</exception>
    public ReadOnlySpan<int> Order => List().AsSpan(0, Count);

    /// <summary>The same as memory.</summary>
    /// <exception cref="InvalidOperationException">The plan's memory went to the next one: <see cref="PrunerOptions.ReusePlans"/>.</exception>
    public ReadOnlyMemory<int> OrderMemory => List().AsMemory(0, Count);

    /// <summary>One weight a sample (not in visiting order): 0 for those that sit out.</summary>
    /// <exception cref="InvalidOperationException">The plan's memory went to the next one: <see cref="PrunerOptions.ReusePlans"/>.</exception>
    public ReadOnlySpan<float> Weights => _weights ?? throw Retired();

    /// <summary>The order as a key; null when it is a list.</summary>
    internal KeyedOrder? Keyed => _keyed;

    /// <summary>Whether there is a list of ids, from the beginning or since somebody asked for it.</summary>
    internal bool HasList => _order is not null;

    /// <summary>The same as memory.</summary>
    /// <exception cref="InvalidOperationException">The plan's memory went to the next one: <see cref="PrunerOptions.ReusePlans"/>.</exception>
    public ReadOnlyMemory<float> WeightsMemory => _weights ?? throw Retired();

    /// <summary>The whole epoch as one ticket, for observing all its losses at once.</summary>
    public PlannedBatch All => new(this, 0, Count);

    /// <summary>Asks a policy for its weights and puts the visited samples in a random order, from the stream "order".</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="epoch">Which epoch.</param>
    /// <param name="samples">At least one sample, with the policy's columns.</param>
    /// <exception cref="ArgumentException">There are no samples, or the policy wrote a weight that is negative, infinite or NaN.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The epoch isn't in [0, total).</exception>
    /// <param name="order">How the plan knows its order.</param>
    /// <exception cref="InvalidOperationException">The policy would visit nothing.</exception>
    public static EpochPlan Create(IPruningPolicy policy, in EpochContext epoch, SampleTable samples, PlanOrder order = PlanOrder.Listed) =>
        Create(policy, epoch, samples, order, default);

    /// <summary>The same with the memory that a plan gave away.</summary>
    internal static EpochPlan Create(IPruningPolicy policy, in EpochContext epoch, SampleTable samples, PlanOrder order, (float[]? Weights, int[]? Order) memory)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(samples);
        if (epoch.Epoch < 0 || epoch.Epoch >= epoch.TotalEpochs)
        {
            throw new ArgumentOutOfRangeException(nameof(epoch), epoch.Epoch, $"the run has {epoch.TotalEpochs} epochs; epochs are 0-based, in [0, {epoch.TotalEpochs})");
        }

        if (samples.Count == 0)
        {
            throw new ArgumentException("there are no samples to plan for; a plan needs at least one", nameof(samples));
        }
        // Never zeroed: the policy writes every one.
        var weights = memory.Weights ?? HugePages.Uninitialized<float>(samples.Count);
        policy.Plan(epoch, samples, weights);
        return Of(epoch, weights, order, memory.Order);
    }

    /// <summary>The plan with these weights: the order follows from them and the stream.</summary>
    internal static EpochPlan Of(in EpochContext epoch, float[] weights, PlanOrder order = PlanOrder.Listed, int[]? reused = null)
    {
        int[]? list = null;
        KeyedOrder? keyed = null;
        int count;
        double sum;
        if (order == PlanOrder.Keyed)
        {
            count = (keyed = KeyedOrder.Of(weights, epoch.Rng("order/keyed"), epoch.Threads, out sum))?.Count ?? 0;
        }
        else
        {
            list = Shuffle.NonZero(weights, epoch.Rng("order"), epoch.Threads, reused, out count, out sum);
        }

        if (count == 0)
        {
            throw new InvalidOperationException($"the policy gave all {weights.Length} samples weight 0 in epoch {epoch.Epoch}; at least one must be visited");
        }

        return new(epoch, weights, list, count, keyed, sum);
    }

    /// <summary>Writes the ids at places start, start + 1, … of the order, whichever way the plan knows it.</summary>
    /// <param name="start">The first place, 0-based.</param>
    /// <param name="ids">As many as are wanted.</param>
    /// <exception cref="ArgumentOutOfRangeException">There aren't so many places from there on.</exception>
    /// <exception cref="InvalidOperationException">The plan's memory went to the next one: <see cref="PrunerOptions.ReusePlans"/>.</exception>
    public void CopyOrder(int start, Span<int> ids)
    {
        if (start < 0 || start > Count || ids.Length > Count - start)
        {
            throw new ArgumentOutOfRangeException(nameof(start), start, $"{ids.Length} places from {start} on aren't in an order of {Count}");
        }

        if (_weights is null)
        {
            throw Retired();
        }

        if (_order is { } list)
        {
            list.AsSpan(start, ids.Length).CopyTo(ids);
        }
        else
        {
            _keyed!.Copy(start, ids);
        }
    }

    /// <summary>Writes the weights of given samples, for loops that have ids and no tickets.</summary>
    /// <param name="ids">Any samples, visited or not, in any order.</param>
    /// <param name="weights">As long as the ids; takes 0 for a sample that sits out.</param>
    /// <returns>The sum of these weights in float64: what the sum of the batch's weighted losses is divided by.</returns>
    /// <exception cref="ArgumentException">Lengths differ, or an id is out of range; nothing is written then.</exception>
    /// <exception cref="InvalidOperationException">The plan's memory went to the next one: <see cref="PrunerOptions.ReusePlans"/>.</exception>
    public double CopyWeights(ReadOnlySpan<long> ids, Span<float> weights)
    {
        if (ids.Length != weights.Length)
        {
            throw new ArgumentException($"{ids.Length} ids and room for {weights.Length} weights; both have the same length", nameof(weights));
        }

        var sum = SumWeights(ids);
        var all = Weights;
        for (var i = 0; i < ids.Length; i++)
        {
            weights[i] = all[(int)ids[i]];
        }

        return sum;
    }

    /// <summary>The sum of the weights of given samples, in float64.</summary>
    /// <param name="ids">Any samples, visited or not, in any order.</param>
    /// <exception cref="ArgumentException">An id is out of range.</exception>
    /// <exception cref="InvalidOperationException">The plan's memory went to the next one: <see cref="PrunerOptions.ReusePlans"/>.</exception>
    public double SumWeights(ReadOnlySpan<long> ids)
    {
        var all = Weights;
        double sum = 0;
        foreach (var id in ids)
        {
            sum += all[SampleIds.Place(id, all.Length)];
        }

        return sum;
    }

    /// <summary>How many batches of at most so many samples the epoch has: ceil(Count / batchSize).</summary>
    /// <param name="batchSize">At least 1.</param>
    public int Steps(int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        return (int)(((long)Count + batchSize - 1) / batchSize);
    }

    /// <summary>A batch. The <see cref="Steps"/> batches' sizes differ by at most one; together they are the whole order.</summary>
    /// <param name="index">0-based.</param>
    /// <param name="batchSize">The largest size, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such batch.</exception>
    public PlannedBatch Batch(int index, int batchSize)
    {
        var steps = Steps(batchSize);
        if ((uint)index >= (uint)steps)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"{Count} samples in batches of up to {batchSize} make {steps} batches, 0-based");
        }

        int start = (int)((long)index * Count / steps), end = (int)((index + 1L) * Count / steps);
        return new(this, start, end - start);
    }

    /// <summary>All batches in order. Reading them twice gives the same twice.</summary>
    /// <param name="batchSize">The largest size, at least 1.</param>
    public IEnumerable<PlannedBatch> Batches(int batchSize)
    {
        var steps = Steps(batchSize);
        return Enumerable.Range(0, steps).Select(i => Batch(i, batchSize));
    }

    /// <summary>What one of several processes visits: a contiguous part of each global batch.</summary>
    /// <param name="rank">Which process, in [0, ranks).</param>
    /// <param name="ranks">How many processes, at least 1.</param>
    /// <param name="batchSize">The largest global batch, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such rank, or a number is below 1.</exception>
    public RankShare Share(int rank, int ranks, int batchSize) => new(this, rank, ranks, batchSize);

    /// <summary>Writes, for each place in the order, the mean of the finite losses of its batch: <see cref="Signal.BatchLoss"/>.</summary>
    /// <param name="losses">Losses in visiting order, of the first so many samples.</param>
    /// <param name="batchSize">The largest size, at least 1.</param>
    /// <param name="means">As long as the losses. A batch without a finite loss gets NaN.</param>
    /// <exception cref="ArgumentException">Lengths differ, or there are more losses than visits.</exception>
    public void BatchMeans(ReadOnlySpan<float> losses, int batchSize, Span<float> means)
    {
        if (losses.Length != means.Length || losses.Length > Count)
        {
            throw new ArgumentException($"{losses.Length} losses and room for {means.Length} means in an epoch of {Count} visits; both have the same length, at most that", nameof(losses));
        }

        var steps = Steps(batchSize);
        for (var index = 0; index < steps; index++)
        {
            var batch = Batch(index, batchSize);
            if (batch.Start >= losses.Length)
            {
                return;
            }

            int length = Math.Min(batch.Count, losses.Length - batch.Start), finite = 0;
            double sum = 0;
            foreach (var loss in losses.Slice(batch.Start, length))
            {
                if (!float.IsFinite(loss))
                {
                    continue;
                }

                sum += loss;
                finite++;
            }

            means.Slice(batch.Start, length).Fill((float)(sum / finite));
        }
    }

    /// <summary>How far the run is, in [0, 1]: (Epoch + batch / batches) / TotalEpochs. What a learning rate should follow, since epochs differ in length.</summary>
    /// <param name="batch">Batches done in this epoch, in [0, batches].</param>
    /// <param name="batches">Batches in this epoch, at least 1.</param>
    public double Progress(int batch, int batches)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batches, 1);
        if (batch < 0 || batch > batches)
        {
            throw new ArgumentOutOfRangeException(nameof(batch), batch, $"of {batches} batches between 0 and {batches} can be done");
        }

        return (Epoch + ((double)batch / batches)) / TotalEpochs;
    }

    // Those who read at the same time share one list.
    private int[] List()
    {
        if (_weights is null)
        {
            throw Retired();
        }

        if (_order is { } list)
        {
            return list;
        }

        lock (_writing)
        {
            if (_order is { } written)
            {
                return written;
            }

            var order = HugePages.Uninitialized<int>(Count);
            _keyed!.Copy(0, order);
            _order = order;
            return order;
        }
    }

    /// <summary>Gives the arrays away; reading the plan is refused from now on.</summary>
    internal (float[]? Weights, int[]? Order) Retire()
    {
        var arrays = (_weights, _order);
        (_weights, _order) = (null, null);
        return arrays;
    }

    private InvalidOperationException Retired() => new($"the plan of epoch {Epoch} gave its memory to the next one (ReusePlans); read a plan before the next is made, or leave that option out");

    private ulong ComputeHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> head = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(head, Epoch);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], TotalEpochs);
        hash.AppendData(head);
        // In pieces: there may be no list of the order.
        var ids = ArrayPool<int>.Shared.Rent(Math.Min(HashPiece, Count));
        for (var at = 0; at < Count;)
        {
            var piece = ids.AsSpan(0, Math.Min(HashPiece, Count - at));
            CopyOrder(at, piece);
            CheckpointFormat.Bytes<int>(piece, hash.AppendData);
            at += piece.Length;
        }

        ArrayPool<int>.Shared.Return(ids);
        CheckpointFormat.Bytes(Weights, hash.AppendData);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash.GetHashAndReset());
    }

    private const int HashPiece = 1 << 20;
}
