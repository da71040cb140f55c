using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Winnow.Native.Tests;

/// <summary>A test of the compiled library; skipped, with the remedy in the report, where it hasn't been built.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LibraryFactAttribute : FactAttribute
{
    public LibraryFactAttribute() => Skip = Library.Missing!;
}

/// <inheritdoc cref="LibraryFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LibraryTheoryAttribute : TheoryAttribute
{
    public LibraryTheoryAttribute() => Skip = Library.Missing!;
}

/// <summary>native/winnow/winnow.h as this test project reads it, apart from the library's own sources.</summary>
internal static unsafe partial class Library
{
    private const string Name = "winnow";

    public const int Ok = 0, BadArgument = -1, BadState = -2, BadHandle = -3, Busy = -4, BadCheckpoint = -7;

    public static string Root { get; } = Find();

    public static string File { get; } = Path.Combine(Root, "artifacts", "native", "libwinnow.so");

    public static string? Missing => System.IO.File.Exists(File) ? null : "no artifacts/native/libwinnow.so; build it with scripts/library";

    static Library() => NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(),
        static (name, _, _) => name == Name ? NativeLibrary.Load(File) : 0);

    /// <summary>Why this thread's last call failed.</summary>
    public static string LastError()
    {
        var text = new byte[winnow_pruner_last_error(null, 0)];
        fixed (byte* p = text)
        {
            winnow_pruner_last_error(p, text.Length);
        }

        return Encoding.UTF8.GetString(text.AsSpan(0, text.Length - 1));
    }

    public static ulong Create(string method, long samples, int epochs, ulong seed = 1, int[]? labels = null, int allowUnobserved = 0)
    {
        fixed (int* pinned = labels)
        {
            var options = new Options { Size = (uint)sizeof(Options), Epochs = epochs, Seed = seed, AllowUnobserved = allowUnobserved, Labels = pinned, LabelCount = labels?.Length ?? 0 };
            Done(Create(Encoding.UTF8.GetBytes(method + "\0"), samples, &options, out var pruner));
            return pruner;
        }
    }

    public static int Create(byte[] method, long samples, Options* options, out ulong pruner)
    {
        fixed (byte* text = method)
        fixed (ulong* result = &pruner)
        {
            return winnow_pruner_create(text, samples, options, result);
        }
    }

    public static void Done(int status) => Assert.True(status == Ok, $"{status}: {LastError()}");

    /// <summary>Failed as it should, with a text that holds all of these.</summary>
    public static void Refused(int expected, int status, params string[] texts)
    {
        Assert.Equal(expected, status);
        Assert.All(texts, text => Assert.Contains(text, LastError(), StringComparison.Ordinal));
    }

    public static ulong Plan(ulong pruner, int epoch)
    {
        ulong plan;
        Done(winnow_pruner_plan(pruner, epoch, &plan));
        return plan;
    }

    public static ReadOnlySpan<int> Order(ulong plan)
    {
        int* ids;
        long count;
        Done(winnow_plan_order(plan, &ids, &count));
        return new(ids, (int)count);
    }

    public static ReadOnlySpan<float> Weights(ulong plan)
    {
        float* weights;
        long count;
        Done(winnow_plan_weights(plan, &weights, &count));
        return new(weights, (int)count);
    }

    public static int Observe(ulong pruner, int epoch, ReadOnlySpan<long> ids, ReadOnlySpan<float> losses, ReadOnlySpan<float> batchLosses = default,
        ReadOnlySpan<float> confidences = default, ReadOnlySpan<byte> correct = default)
    {
        fixed (long* i = ids)
        fixed (float* l = losses, b = batchLosses, c = confidences)
        fixed (byte* k = correct)
        {
            var signals = new Signals { Size = (uint)sizeof(Signals), Losses = l, BatchLosses = b, Confidences = c, Correct = k };
            return winnow_pruner_observe(pruner, epoch, i, ids.Length, &signals);
        }
    }

    public static Statistics StatisticsOf(ulong pruner)
    {
        var statistics = new Statistics { Size = (uint)sizeof(Statistics) };
        Done(winnow_pruner_statistics(pruner, &statistics));
        return statistics;
    }

    private static string Find([CallerFilePath] string here = "")
    {
        var folder = Path.GetDirectoryName(here);
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder, "Winnow.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("no Winnow.slnx above the tests");
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Options { public uint Size; public int Epochs; public ulong Seed; public int Threads, AllowUnobserved; public int* Labels; public long LabelCount; }

    [StructLayout(LayoutKind.Sequential)]
    public struct Signals { public uint Size, Reserved; public float* Losses, Scores, BatchLosses, Confidences; public byte* Correct; }

    [StructLayout(LayoutKind.Sequential)]
    public struct PlanFacts { public uint Size; public int Epoch, Epochs, Reserved; public long Samples, Visits; public double WeightSum; }

    [StructLayout(LayoutKind.Sequential)]
    public struct Statistics
    {
        public uint Size;
        public int Epochs;
        public long Samples, Planned, Observed, Unobserved, Repeated, Refreshed, NonFinite;
        public double AskedSave, Saved, MeanLoss, WeightedLoss, StoredLoss, LearningRateScale;
    }

    [LibraryImport(Name)] public static partial int winnow_pruner_abi_version();
    [LibraryImport(Name)] public static partial byte* winnow_pruner_version();
    [LibraryImport(Name)] public static partial long winnow_pruner_last_error(byte* buffer, long capacity);
    [LibraryImport(Name)] public static partial int winnow_pruner_create(byte* method, long samples, Options* options, ulong* pruner);
    [LibraryImport(Name)] public static partial int winnow_pruner_destroy(ulong pruner);
    [LibraryImport(Name)] public static partial int winnow_pruner_needs(ulong pruner, uint* needs, int* refreshesDropped);
    [LibraryImport(Name)] public static partial int winnow_pruner_preload(ulong pruner, long count, Signals* signals);
    [LibraryImport(Name)] public static partial int winnow_pruner_plan(ulong pruner, int epoch, ulong* plan);
    [LibraryImport(Name)] public static partial int winnow_pruner_observe(ulong pruner, int epoch, long* ids, long count, Signals* signals);
    [LibraryImport(Name)] public static partial int winnow_pruner_observe_places(ulong pruner, int epoch, long start, long count, Signals* signals);
    [LibraryImport(Name)] public static partial int winnow_pruner_observe_dropped(ulong pruner, int epoch, long* ids, long count, Signals* signals);
    [LibraryImport(Name)] public static partial int winnow_pruner_statistics(ulong pruner, Statistics* statistics);
    [LibraryImport(Name)] public static partial int winnow_pruner_column(ulong pruner, byte* name, float* values, long count);
    [LibraryImport(Name)] public static partial int winnow_pruner_flags(ulong pruner, byte* flags, long count);
    [LibraryImport(Name)] public static partial int winnow_pruner_save(ulong pruner, byte* state, long capacity, long* bytes);
    [LibraryImport(Name)] public static partial int winnow_pruner_restore(byte* method, long samples, Options* options, byte* state, long bytes, ulong* pruner);
    [LibraryImport(Name)] public static partial int winnow_pruner_is_observed(ulong pruner, int epoch, long start, long count, int* observed);
    [LibraryImport(Name)] public static partial int winnow_pruner_unobserved(ulong pruner, int epoch, long* ids, long capacity, long* count);
    [LibraryImport(Name)] public static partial int winnow_signals_check(long count, Signals* signals);
    [LibraryImport(Name)] public static partial int winnow_plan_free(ulong plan);
    [LibraryImport(Name)] public static partial int winnow_plan_describe(ulong plan, PlanFacts* facts);
    [LibraryImport(Name)] public static partial int winnow_plan_hash(ulong plan, ulong* hash);
    [LibraryImport(Name)] public static partial int winnow_plan_order(ulong plan, int** ids, long* count);
    [LibraryImport(Name)] public static partial int winnow_plan_weights(ulong plan, float** weights, long* count);
    [LibraryImport(Name)] public static partial int winnow_plan_weights_of(ulong plan, long* ids, long count, float* weights, double* sum);
    [LibraryImport(Name)] public static partial int winnow_plan_steps(ulong plan, long batchSize, long* steps);
    [LibraryImport(Name)] public static partial int winnow_plan_batch(ulong plan, long batchSize, long step, long* start, long* count);
    [LibraryImport(Name)] public static partial int winnow_plan_share(ulong plan, int rank, int ranks, long batchSize, long step, long* ids, float* weights, long capacity, long* count, long* real);
}
