// How many bytes a second this machine's memory moves: what planning and observing can't be faster than.
//
// usage: Winnow.Bandwidth [MIB] [REPEATS]     (default: three arrays of 512 MiB, 15 repeats)
// The kernels of STREAM (McCalpin 1995) on float32, and a sum that only reads. Counted are the bytes that the program reads and writes; a plain
// store also fetches the line that it overwrites, which copying in bulk goes round. Median and best of the repeats, for one thread and for all cores.
// Before that, on Linux: how fast one thread gets memory that it uses for the first time, with pages of 4 KiB and of 2 MiB. A virtual machine may have to
// ask its host for it, most of all the first time; so each of three rounds is told.
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

var culture = CultureInfo.InvariantCulture;
var length = (args.Length > 0 ? int.Parse(args[0], culture) : 512) << 18;
var repeats = args.Length > 1 ? int.Parse(args[1], culture) : 15;
if (OperatingSystem.IsLinux())
{
    FirstUse("4 KiB", 15);
    FirstUse("2 MiB", 14);
}

float[] a = new float[length], b = new float[length], c = new float[length];
Array.Fill(a, 1f);
Array.Fill(b, 2f);
Array.Fill(c, 3f);
foreach (var threads in new[] { 1, Environment.ProcessorCount }.Distinct())
{
    Measure("read", 4, threads, (start, count) => Sum(a.AsSpan(start, count)));
    Measure("copy", 8, threads, (start, count) => a.AsSpan(start, count).CopyTo(b.AsSpan(start, count)));
    Measure("scale", 8, threads, (start, count) => Scale(a.AsSpan(start, count), b.AsSpan(start, count)));
    Measure("triad", 12, threads, (start, count) => Triad(a.AsSpan(start, count), b.AsSpan(start, count), c.AsSpan(start, count)));
}

return 0;

unsafe void FirstUse(string pages, int advice)
{
    var bytes = (nuint)length * 2 * sizeof(float);
    var rates = new string[3];
    for (var round = 0; round < rates.Length; round++)
    {
        var memory = (byte*)NativeMemory.AlignedAlloc(bytes, 2 << 20);
        _ = Memory.Advise(memory, bytes, advice);
        var start = Stopwatch.GetTimestamp();
        for (nuint at = 0; at < bytes; at += 4096)
        {
            memory[at] = 1;
        }

        rates[round] = string.Create(culture, $"{bytes / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9:F2}");
        NativeMemory.AlignedFree(memory);
    }

    Console.WriteLine($"first use, pages of {pages}: {string.Join(", ", rates)} GB/s");
}

void Measure(string kernel, int bytes, int threads, Action<int, int> part)
{
    var rates = new double[repeats];
    for (var r = 0; r < repeats; r++)
    {
        var start = Stopwatch.GetTimestamp();
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, t =>
        {
            int from = (int)((long)t * length / threads), to = (int)((t + 1L) * length / threads);
            part(from, to - from);
        });
        rates[r] = (double)bytes * length / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
    }

    Array.Sort(rates);
    Console.WriteLine(string.Create(culture, $"{kernel,-6} {threads} threads   median {rates[repeats / 2],6:F1} GB/s   best {rates[^1],6:F1} GB/s"));
}

[MethodImpl(MethodImplOptions.AggressiveOptimization)]
static void Sum(ReadOnlySpan<float> from)
{
    Vector<float> w = default, x = default, y = default, z = default;
    var vectors = MemoryMarshal.Cast<float, Vector<float>>(from);
    for (var i = 0; i + 4 <= vectors.Length; i += 4)
    {
        w += vectors[i];
        x += vectors[i + 1];
        y += vectors[i + 2];
        z += vectors[i + 3];
    }

    if (Vector.Sum(w + x + y + z) < 0)
    {
        throw new InvalidOperationException("a sum of positive numbers is negative");
    }
}

[MethodImpl(MethodImplOptions.AggressiveOptimization)]
static void Scale(ReadOnlySpan<float> from, Span<float> to)
{
    var source = MemoryMarshal.Cast<float, Vector<float>>(from);
    var target = MemoryMarshal.Cast<float, Vector<float>>(to);
    var factor = new Vector<float>(1.5f);
    for (var i = 0; i < source.Length; i++)
    {
        target[i] = source[i] * factor;
    }
}

[MethodImpl(MethodImplOptions.AggressiveOptimization)]
static void Triad(ReadOnlySpan<float> first, ReadOnlySpan<float> second, Span<float> to)
{
    var x = MemoryMarshal.Cast<float, Vector<float>>(first);
    var y = MemoryMarshal.Cast<float, Vector<float>>(second);
    var target = MemoryMarshal.Cast<float, Vector<float>>(to);
    var factor = new Vector<float>(1.5f);
    for (var i = 0; i < x.Length; i++)
    {
        target[i] = x[i] + (y[i] * factor);
    }
}

internal static unsafe partial class Memory
{
    [LibraryImport("libc", EntryPoint = "madvise")]
    public static partial int Advise(void* start, nuint bytes, int advice);
}
