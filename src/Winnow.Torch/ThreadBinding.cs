using System.Globalization;
using System.Runtime.InteropServices;

namespace Winnow.Torch;

/// <summary>
/// The threads that compute, each held on a processor of its own until this is disposed. Where another process wants one of the processors, the system would else put two
/// threads that wait for each other on the same one for milliseconds at a time, in which neither gets on: with one processor each, both compute for as long as the
/// other process isn't on either. Numbers don't depend on it.
/// </summary>
internal sealed unsafe partial class ThreadBinding : IDisposable
{
    /// <summary>Variables of OpenMP by which a user has said where threads belong.</summary>
    private static readonly string[] s_decided = ["OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY"];

    private readonly HashSet<int> _bound = [];
    private readonly Mask _all, _taken = new();

    private ThreadBinding(IReadOnlyList<int> threads, IReadOnlyList<int> processors)
    {
        _all = Mask.Of(processors);
        var free = new List<int>(processors);
        foreach (var thread in threads)
        {
            // Where it is already, if that is still free: moving costs what is in the processor's caches.
            var processor = LastProcessor(thread) is { } last && free.Contains(last) ? last : free[0];
            free.Remove(processor);
            var mask = Mask.Of([processor]);
            if (mask.Set(thread))
            {
                _bound.Add(thread);
                _taken.Add(mask);
            }
        }
    }

    /// <summary>Binds threads; null where there are more of them than processors, or the user has said where they belong.</summary>
    /// <param name="threads">The system's numbers of this process's threads.</param>
    /// <param name="processors">The numbers of the processors that this process may use.</param>
    public static ThreadBinding? Bind(IReadOnlyList<int> threads, IReadOnlyList<int> processors) =>
        threads.Count <= 1 || threads.Count > processors.Count || s_decided.Any(static name => Environment.GetEnvironmentVariable(name) is { Length: > 0 })
            ? null
            : new ThreadBinding(threads, processors);

    /// <summary>Frees native threads that one of those that are bound has begun since: they begin on its processor alone, unlike the runtime's own.</summary>
    public void FreeOthers() => Free(_bound);

    /// <summary>Lets all threads go where the system wants them.</summary>
    public void Dispose() => Free([]);

    private void Free(HashSet<int> but)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc/self/task"))
        {
            var thread = int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture);
            if (!but.Contains(thread) && Mask.TryGet(thread, out var mask) && mask.IsOneOf(_taken))
            {
                _all.Set(thread);
            }
        }
    }

    /// <summary>The processor that a thread ran on last; null when it has ended.</summary>
    private static int? LastProcessor(int thread)
    {
        try
        {
            // The name, in brackets, may contain anything; the processor is field 39, the state behind the name field 3.
            var line = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/self/task/{thread}/stat"));
            return int.Parse(line[(line.LastIndexOf(')') + 2)..].Split(' ')[39 - 3], CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    [LibraryImport("libc")]
    private static partial int sched_setaffinity(int thread, nuint bytes, void* mask);

    [LibraryImport("libc")]
    private static partial int sched_getaffinity(int thread, nuint bytes, void* mask);

    /// <summary>A set of processors as the system takes it: a bit each, for as many as Linux knows at most.</summary>
    private readonly struct Mask
    {
        private const int Processors = 8192, Bits = 64;

        private readonly ulong[] _words = new ulong[Processors / Bits];

        public Mask()
        {
        }

        public static Mask Of(IEnumerable<int> processors)
        {
            var mask = new Mask();
            foreach (var processor in processors)
            {
                mask._words[processor / Bits] |= 1UL << (processor % Bits);
            }

            return mask;
        }

        public static bool TryGet(int thread, out Mask mask)
        {
            mask = new Mask();
            fixed (ulong* words = mask._words)
            {
                return sched_getaffinity(thread, Processors / 8, words) >= 0;
            }
        }

        public bool Set(int thread)
        {
            fixed (ulong* words = _words)
            {
                return sched_setaffinity(thread, Processors / 8, words) == 0;
            }
        }

        public void Add(Mask other)
        {
            for (var i = 0; i < _words.Length; i++)
            {
                _words[i] |= other._words[i];
            }
        }

        /// <summary>Whether this is a single processor of those of another.</summary>
        public bool IsOneOf(Mask others)
        {
            var (count, inside) = (0, true);
            for (var i = 0; i < _words.Length; i++)
            {
                count += System.Numerics.BitOperations.PopCount(_words[i]);
                inside &= (_words[i] & ~others._words[i]) == 0;
            }

            return count == 1 && inside;
        }
    }
}
