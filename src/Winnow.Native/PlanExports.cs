using System.Runtime.InteropServices;
using Winnow.Plans;

namespace Winnow.Native;

/// <summary>The functions of native/winnow/winnow.h that begin with winnow_plan_; that page documents them.</summary>
internal static unsafe class PlanExports
{
    [UnmanagedCallersOnly(EntryPoint = "winnow_plan_free")]
    public static int Free(ulong plan) => Call.Run(() =>
    {
        PlanEntry.Free(plan);
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_plan_describe")]
    public static int Describe(ulong plan, NativePlanFacts* result) => Call.Run(() =>
    {
        Check.Structure(result, result is null ? 0 : result->Size, "out");
        using var reader = PlanEntry.Enter(plan);
        *result = new NativePlanFacts
        {
            Size = result->Size,
            Epoch = reader.Plan.Epoch,
            Epochs = reader.Plan.TotalEpochs,
            Samples = reader.Plan.Total,
            Visits = reader.Plan.Count,
            WeightSum = reader.Plan.WeightSum,
        };
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_plan_hash")]
    public static int Hash(ulong plan, ulong* result) => Call.Run(() =>
    {
        Check.NotNull(result, "out");
        using var reader = PlanEntry.Enter(plan);
        *result = reader.Plan.Hash;
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_plan_order")]
    public static int Order(ulong plan, int** ids, long* count) => Call.Run(() =>
    {
        Check.NotNull(ids, "ids");
        Check.NotNull(count, "count");
        using var reader = PlanEntry.Enter(plan);
        *ids = reader.Entry.Order;
        *count = reader.Plan.Count;
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_plan_weights")]
    public static int Weights(ulong plan, float** weights, long* count) => Call.Run(() =>
    {
        Check.NotNull(weights, "weights");
        Check.NotNull(count, "count");
        using var reader = PlanEntry.Enter(plan);
        *weights = reader.Entry.Weights;
        *count = reader.Plan.Total;
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_plan_weights_of")]
    public static int WeightsOf(ulong plan, long* ids, long count, float* weights, double* sum) => Call.Run(() =>
    {
        var samples = Check.Span(ids, count, "ids");
        var destination = Check.Span(weights, weights is null ? 0 : count, "weights");
        using var reader = PlanEntry.Enter(plan);
        var total = weights is null ? reader.Plan.SumWeights(samples) : reader.Plan.CopyWeights(samples, destination);
        if (sum is not null)
        {
            *sum = total;
        }
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_plan_steps")]
    public static int Steps(ulong plan, long batchSize, long* steps) => Call.Run(() =>
    {
        Check.NotNull(steps, "steps");
        using var reader = PlanEntry.Enter(plan);
        *steps = reader.Plan.Steps(Size(batchSize));
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_plan_batch")]
    public static int Batch(ulong plan, long batchSize, long step, long* start, long* count) => Call.Run(() =>
    {
        Check.NotNull(start, "start");
        Check.NotNull(count, "count");
        using var reader = PlanEntry.Enter(plan);
        var batch = BatchAt(reader.Plan, step, batchSize);
        (*start, *count) = (batch.Start, batch.Count);
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_plan_share")]
    public static int Share(ulong plan, int rank, int ranks, long batchSize, long step, long* ids, float* weights, long capacity, long* count, long* real) => Call.Run(() =>
    {
        Check.NotNull(count, "count");
        Check.NotNull(real, "real");
        using var reader = PlanEntry.Enter(plan);
        var batch = BatchAt(reader.Plan, step, batchSize);
        Check.Count(ranks, "ranks", 1, int.MaxValue);
        Check.Count(rank, "rank", 0, ranks - 1);
        var share = batch.Share(rank, ranks);
        var length = (int)(((long)batch.Count + ranks - 1) / ranks);
        if (Check.Count(capacity, "capacity", 0) < length)
        {
            throw new InputException($"the share has {length} samples and there is room for {capacity}; ceil(batch_size / ranks) always does");
        }

        var places = Check.Span(ids, length, "ids");
        var factors = Check.Span(weights, length, "weights");
        share.CopyIds(places);
        share.CopyWeights(factors);
        places[share.Count..].Fill(batch.Ids[0]);
        factors[share.Count..].Clear();
        (*count, *real) = (length, share.Count);
    });

    private static PlannedBatch BatchAt(EpochPlan plan, long step, long batchSize)
    {
        var size = Size(batchSize);
        return plan.Batch((int)Check.Count(step, "step", 0, plan.Steps(size) - 1), size);
    }

    // A batch larger than any data set is the whole epoch.
    private static int Size(long batchSize) => (int)Math.Min(Check.Count(batchSize, "batch_size", 1), int.MaxValue);
}
