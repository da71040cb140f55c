using System.Runtime.InteropServices;
using Winnow.Plans;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Native;

/// <summary>The functions of native/winnow/winnow.h that begin with winnow_pruner_; that page documents them.</summary>
internal static unsafe class PrunerExports
{
    private const int AbiVersion = 1;

    // As winnow.h says them.
    private const uint NeedsLosses = 1, NeedsPredictions = 2, NeedsBatchLosses = 8;

    private static readonly nint s_version = Marshal.StringToCoTaskMemUTF8(typeof(Pruner).Assembly.GetName().Version!.ToString(3));

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_abi_version")]
    public static int GetAbiVersion() => AbiVersion;

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_version")]
    public static nint Version() => s_version;

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_last_error")]
    public static long LastError(byte* buffer, long capacity) => Call.CopyError(buffer, capacity);

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_create")]
    public static int Create(byte* method, long samples, NativeOptions* options, ulong* result) => Call.Run(() =>
    {
        Check.NotNull(result, "out");
        *result = 0;
        var (policy, asked) = Read(method, samples, options);
        *result = PrunerEntry.All.Add(new PrunerEntry(new Pruner((int)samples, policy, asked)));
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_restore")]
    public static int Restore(byte* method, long samples, NativeOptions* options, byte* state, long bytes, ulong* result) => Call.Run(() =>
    {
        Check.NotNull(result, "out");
        *result = 0;
        var (policy, asked) = Read(method, samples, options);
        Check.NotNull(state, "state");
        Check.Count(bytes, "bytes", 0);
        using var source = new UnmanagedMemoryStream(state, bytes);
        *result = PrunerEntry.All.Add(new PrunerEntry(Pruner.Restore(source, (int)samples, policy, asked)));
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_save")]
    public static int Save(ulong pruner, byte* state, long capacity, long* bytes) => Call.Run(() =>
    {
        Check.NotNull(bytes, "bytes");
        *bytes = 0;
        if (state is not null || capacity != 0)
        {
            Check.NotNull(state, "state");
            Check.Count(capacity, "capacity", 0);
        }

        using var turn = PrunerEntry.All.Find(pruner).Enter();
        using var counter = new CountingStream();
        turn.Pruner.Save(counter);
        *bytes = counter.Length;
        if (state is null)
        {
            return;
        }

        if (capacity < counter.Length)
        {
            throw new InputException($"the state takes {counter.Length} bytes and there is room for {capacity}; ask with NULL and 0 first");
        }

        using var destination = new UnmanagedMemoryStream(state, 0, counter.Length, FileAccess.Write);
        turn.Pruner.Save(destination);
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_is_observed")]
    public static int IsObserved(ulong pruner, int epoch, long start, long count, int* result) => Call.Run(() =>
    {
        Check.NotNull(result, "out");
        using var turn = PrunerEntry.All.Find(pruner).Enter();
        *result = turn.Pruner.IsObserved(Places(Current(turn.Pruner, epoch), start, count)) ? 1 : 0;
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_unobserved")]
    public static int Unobserved(ulong pruner, int epoch, long* ids, long capacity, long* count) => Call.Run(() =>
    {
        Check.NotNull(count, "count");
        *count = 0;
        var destination = Check.Span(ids, capacity, "ids");
        using var turn = PrunerEntry.All.Find(pruner).Enter();
        Current(turn.Pruner, epoch);
        *count = turn.Pruner.Unobserved;
        if (ids is null)
        {
            return;
        }

        if (capacity < *count)
        {
            throw new InputException($"{*count} samples have no loss yet and there is room for {capacity}; ask with NULL and 0 first");
        }

        var narrow = new int[*count];
        turn.Pruner.CopyUnobserved(narrow);
        for (var i = 0; i < narrow.Length; i++)
        {
            destination[i] = narrow[i];
        }
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_signals_check")]
    public static int CheckSignals(long count, NativeSignals* signals) => Call.Run(() =>
    {
        using var given = NativeSignals.Read(signals, null, count);
        SignalRules.Check(given.Signals, (int)count);
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_destroy")]
    public static int Destroy(ulong pruner) => Call.Run(() =>
    {
        PrunerEntry.Destroy(pruner);
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_needs")]
    public static int Needs(ulong pruner, uint* needs, int* refreshesDropped) => Call.Run(() =>
    {
        Check.NotNull(needs, "needs");
        Check.NotNull(refreshesDropped, "refreshes_dropped");
        using var turn = PrunerEntry.All.Find(pruner).Enter();
        *needs = Bits(turn.Pruner.Needs);
        *refreshesDropped = turn.Pruner.RefreshesDropped ? 1 : 0;
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_preload")]
    public static int Preload(ulong pruner, long count, NativeSignals* signals) => Call.Run(() =>
    {
        using var given = NativeSignals.Read(signals, null, count);
        using var turn = PrunerEntry.All.Find(pruner).Enter();
        if (count != turn.Pruner.Samples.Count)
        {
            throw new InputException($"{count} losses for {turn.Pruner.Samples.Count} samples; pass one a sample, NaN for never seen");
        }

        turn.Pruner.Preload(given.Signals);
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_plan")]
    public static int Plan(ulong pruner, int epoch, ulong* result) => Call.Run(() =>
    {
        Check.NotNull(result, "out");
        *result = 0;
        using var turn = PrunerEntry.All.Find(pruner).Enter();
        *result = PlanEntry.All.Add(new PlanEntry(turn.Pruner.Plan(epoch)));
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_observe")]
    public static int Observe(ulong pruner, int epoch, long* ids, long count, NativeSignals* signals) =>
        ById(pruner, epoch, ids, count, signals, static (Pruner into, in BatchSignals given) => into.Observe(given));

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_observe_places")]
    public static int ObservePlaces(ulong pruner, int epoch, long start, long count, NativeSignals* signals) => Call.Run(() =>
    {
        using var given = NativeSignals.Read(signals, null, count);
        using var turn = PrunerEntry.All.Find(pruner).Enter();
        var places = Places(Current(turn.Pruner, epoch), start, count);
        if (count > 0)
        {
            turn.Pruner.Observe(places, given.Signals);
        }
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_observe_dropped")]
    public static int ObserveDropped(ulong pruner, int epoch, long* ids, long count, NativeSignals* signals) =>
        ById(pruner, epoch, ids, count, signals, static (Pruner into, in BatchSignals given) => into.ObserveDropped(given));

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_statistics")]
    public static int Statistics(ulong pruner, NativeStatistics* result) => Call.Run(() =>
    {
        Check.Structure(result, result is null ? 0 : result->Size, "out");
        using var turn = PrunerEntry.All.Find(pruner).Enter();
        var statistics = turn.Pruner.Statistics;
        *result = new NativeStatistics
        {
            Size = result->Size,
            Epochs = statistics.Epochs,
            Samples = turn.Pruner.Samples.Count,
            Planned = statistics.Planned,
            Observed = statistics.Observed,
            Unobserved = turn.Pruner.Unobserved,
            Repeated = statistics.Repeated,
            Refreshed = statistics.Refreshed,
            NonFinite = statistics.NonFinite,
            AskedSave = statistics.AskedSave ?? double.NaN,
            Saved = statistics.Saved,
            MeanLoss = statistics.MeanLoss,
            WeightedLoss = statistics.WeightedLoss,
            StoredLoss = statistics.StoredLoss,
            LearningRateScale = turn.Pruner.LearningRateScale,
        };
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_column")]
    public static int ReadColumn(ulong pruner, byte* name, float* values, long count) => Call.Run(() =>
    {
        var column = Check.Text(name, "name");
        var destination = Check.Span(values, count, "values");
        using var turn = PrunerEntry.All.Find(pruner).Enter();
        One(turn.Pruner, count);
        if (!turn.Pruner.Samples.Has(column))
        {
            throw new InputException($"no column \"{column}\"; this method keeps {string.Join(", ", turn.Pruner.Samples.Columns.Select(static known => known.Name).DefaultIfEmpty("none"))}");
        }

        turn.Pruner.Samples[new Column(column)].CopyTo(destination);
    });

    [UnmanagedCallersOnly(EntryPoint = "winnow_pruner_flags")]
    public static int ReadFlags(ulong pruner, byte* flags, long count) => Call.Run(() =>
    {
        var destination = Check.Span(flags, count, "flags");
        using var turn = PrunerEntry.All.Find(pruner).Enter();
        One(turn.Pruner, count);
        MemoryMarshal.Cast<SampleFlags, byte>(turn.Pruner.Samples.Flags).CopyTo(destination);
    });

    // The methods of the catalogue, and there are no others here, need nothing else.
    private static uint Bits(IReadOnlyList<Signal> needs) =>
        (needs.Contains(Signal.Loss) ? NeedsLosses : 0) | (needs.Contains(Signal.Confidence) || needs.Contains(Signal.Correct) ? NeedsPredictions : 0) | (needs.Contains(Signal.BatchLoss) ? NeedsBatchLosses : 0);

    // Losses that come late, from a loader that ran ahead into the next epoch, must not count for it.
    private delegate void Taken(Pruner pruner, in BatchSignals given);

    private static int ById(ulong pruner, int epoch, long* ids, long count, NativeSignals* signals, Taken take) => Call.Run(() =>
    {
        Check.Span(ids, count, "ids");
        using var given = NativeSignals.Read(signals, ids, count);
        using var turn = PrunerEntry.All.Find(pruner).Enter();
        Current(turn.Pruner, epoch);
        if (count > 0)
        {
            take(turn.Pruner, given.Signals);
        }
    });

    private static EpochPlan Current(Pruner pruner, int epoch) => pruner.Current switch
    {
        null => throw new InvalidOperationException($"epoch {epoch} hasn't been planned; plan it before its losses come"),
        { } plan when plan.Epoch != epoch => throw new InvalidOperationException($"the losses are of epoch {epoch} and the current plan is of epoch {plan.Epoch}; " +
            "observe an epoch's batches before planning the next"),
        { } plan => plan,
    };

    private static PlannedBatch Places(EpochPlan plan, long start, long count) => start >= 0 && count >= 0 && count <= plan.Count - start
        ? plan.All.Slice((int)start, (int)count)
        : throw new InputException($"{count} places from {start} on in an order of {plan.Count} visits; places are 0-based, in [0, {plan.Count})");

    private static (IPruningPolicy Policy, PrunerOptions Options) Read(byte* method, long samples, NativeOptions* options)
    {
        var spec = Check.Text(method, "method");
        Check.Structure(options, options is null ? 0 : options->Size, "options");
        Check.Count(samples, "samples", 1, Array.MaxLength);
        return (PolicyCatalog.Parse(spec), new PrunerOptions
        {
            Epochs = (int)Check.Count(options->Epochs, "options->epochs", 1, int.MaxValue),
            Seed = options->Seed,
            Threads = (int)Check.Count(options->Threads, "options->threads", 0, int.MaxValue),
            AllowUnobserved = Check.Count(options->AllowUnobserved, "options->allow_unobserved", 0, 1) == 1,
            Labels = Check.Span(options->Labels, options->LabelCount, "options->labels").ToArray(),
        });
    }

    private static void One(Pruner pruner, long count)
    {
        if (count != pruner.Samples.Count)
        {
            throw new InputException($"room for {count} of {pruner.Samples.Count} samples; pass one element a sample");
        }
    }
}
