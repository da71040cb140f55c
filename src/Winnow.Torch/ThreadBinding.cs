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

    private readonly List<(int Thread, Mask Before)> _bound = [];
    private readonly IReadOnlyList<int> _there;
    private readonly Mask _all = new(), _taken = new();

    private ThreadBinding(IReadOnlyList<int> threads, IReadOnlyList<int> there)
    {
        _there = there;
        foreach (var thread in threads)
        {
            // A thread on a single processor is where somebody wants it.
            if (Mask.TryGet(thread, out var before) && before.Processors is { Count: > 1 } allowed)
            {
                // Where it is already, if that is still free: moving costs what is in the processor's caches.
                var free = allowed.Where(processor => !_taken.Contains(processor)).ToList();
                var own = new Mask();
                own.Add(LastProcessor(thread) is { } last && free.Contains(last) ? last : free.FirstOrDefault(allowed[0]));
                if (free.Count > 0 && own.Set(thread))
                {
                    _bound.Add((thread, before));
                    _taken.Add(own);
                    _all.Add(before);
                }
            }
        }
    }

    /// <summary>Binds threads; null, and nothing is bound, where there aren't several of them, with a processor for each, or the user has said where they belong.</summary>
    /// <param name="threads">The system's numbers of this process's threads.</param>
    public static ThreadBinding? Bind(IReadOnlyList<int> threads)
    {
        if (threads.Count <= 1 || s_decided.Any(static name => Environment.GetEnvironmentVariable(name) is { Length: > 0 }))
        {
            return null;
        }

        var there = SystemThreads.Ids();
        if (there.Count == 0)
        {
            return null;
        }

        var binding = new ThreadBinding(threads, there);
        if (binding._bound.Count == threads.Count)
        {
            return binding;
        }

        binding.Dispose();
        return null;
    }

    /// <summary>Frees native threads that one of those that are bound has begun since: they begin on its processor alone, unlike the runtime's own.</summary>
    public void FreeOthers()
    {
        foreach (var thread in SystemThreads.Ids().Except(_there))
        {
            if (Mask.TryGet(thread, out var mask) && mask.IsOneOf(_taken))
            {
                _all.Set(thread);
            }
        }
    }

    /// <summary>Lets all threads go where the system wants them.</summary>
    public void Dispose()
    {
        FreeOthers();
        foreach (var (thread, before) in _bound)
        {
            before.Set(thread);
        }
    }

    /// <summary>The processor that a thread ran on last; null when it has ended.</summary>
    private static int? LastProcessor(int thread)
    {
        try
        {
            // The name, in brackets, may contain anything; the processor is field 39, the state behind the name field 3.
            var line = SystemThreads.Read(thread, "stat");
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
        private const int Most = 8192, Bits = 64;

        private readonly ulong[] _words = new ulong[Most / Bits];

        public Mask()
        {
        }

        /// <summary>The numbers of those in it, in their order.</summary>
        public List<int> Processors
        {
            get
            {
                var words = _words;
                return [.. Enumerable.Range(0, Most).Where(processor => (words[processor / Bits] >> (processor % Bits) & 1) != 0)];
            }
        }

        public static bool TryGet(int thread, out Mask mask)
        {
            mask = new Mask();
            fixed (ulong* words = mask._words)
            {
                return sched_getaffinity(thread, Most / 8, words) >= 0;
            }
        }

        public bool Set(int thread)
        {
            fixed (ulong* words = _words)
            {
                return sched_setaffinity(thread, Most / 8, words) == 0;
            }
        }

        public bool Contains(int processor) => (_words[processor / Bits] >> (processor % Bits) & 1) != 0;

        public void Add(int processor) => _words[processor / Bits] |= 1UL << (processor % Bits);

        public void Add(Mask other)
        {
            for (var i = 0; i < _words.Length; i++)
            {
                _words[i] |= other._words[i];
            }
        }

        /// <summary>Whether this is a single processor of those of another.</summary>
        public bool IsOneOf(Mask others) => Processors is [var only] && others.Contains(only);
    }
}
