using System.Globalization;

namespace Winnow.Torch;

/// <summary>Seconds of processor time, all threads and processors together, since some moment.</summary>
/// <param name="Waited">What this process's threads have waited for a processor while they could have run.</param>
/// <param name="Foreign">What others have run on the processors that this process may use.</param>
internal readonly record struct ProcessorUse(double Waited, double Foreign)
{
    /// <summary>Reads what Linux's scheduler counts, of this process.</summary>
    internal sealed class Reader
    {
        /// <summary>The kernel counts processors' time in hundredths of a second for every program, whatever it does inside.</summary>
        private const double TicksPerSecond = 100;

        /// <summary>user, nice, system, and interrupts in two kinds; between them idle and waiting for disks, behind them what went to other guests of the machine.</summary>
        private static readonly int[] s_busy = [1, 2, 3, 6, 7];

        /// <summary>ESRCH: a thread has ended between its listing and its reading.</summary>
        private const int NoSuchProcess = 3;

        private readonly Dictionary<int, Thread> _threads = [];
        private readonly HashSet<int> _processors = [];
        private long _waited;
        private bool _counts;

        /// <summary>Whether this system tells it.</summary>
        public static bool Works
        {
            get
            {
                var reader = new Reader();
                return OperatingSystem.IsLinux() && reader.Read() is not null && reader._counts;
            }
        }

        /// <summary>The system's numbers of the threads that ran most between the last two readings, the busiest first.</summary>
        /// <param name="count">How many at most; those that didn't run aren't among them.</param>
        public IReadOnlyList<int> Busiest(int count) =>
            [.. _threads.Where(static each => each.Value.RanLast > 0).OrderByDescending(static each => each.Value.RanLast).Take(count).Select(static each => each.Key)];

        /// <summary>What has been used so far; null where the system doesn't tell.</summary>
        public ProcessorUse? Read()
        {
            try
            {
                var threads = SystemThreads.Ids();
                if (threads.Count == 0)
                {
                    return null;
                }

                ReadWaiting(threads);
                return new ProcessorUse(_waited / 1e9, Busy() - Environment.CpuUsage.TotalTime.TotalSeconds);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException or OverflowException)
            {
                return null;
            }
        }

        private void ReadWaiting(IReadOnlyList<int> threads)
        {
            foreach (var gone in _threads.Keys.Except(threads).ToArray())
            {
                _threads.Remove(gone);
            }

            foreach (var thread in threads)
            {
                try
                {
                    // Nanoseconds run, nanoseconds waited, times run; noughts where the kernel was built without counting.
                    var fields = SystemThreads.Read(thread, "schedstat").Split(' ');
                    var (ran, waited) = (long.Parse(fields[0], CultureInfo.InvariantCulture), long.Parse(fields[1], CultureInfo.InvariantCulture));
                    var last = _threads.GetValueOrDefault(thread);
                    _counts |= ran != 0;
                    _waited += Math.Max(0, waited - last.Waited);
                    _threads[thread] = new Thread(ran, waited, ran - last.Ran);
                }
                catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException || error.HResult == NoSuchProcess)
                {
                    _threads.Remove(thread);
                }
            }
        }

        private double Busy()
        {
            if (_processors.Count == 0)
            {
                var list = File.ReadLines("/proc/self/status").First(static line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal));
                foreach (var part in list[(list.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim().Split(','))
                {
                    var ends = part.Split('-');
                    for (var i = int.Parse(ends[0], CultureInfo.InvariantCulture); i <= int.Parse(ends[^1], CultureInfo.InvariantCulture); i++)
                    {
                        _processors.Add(i);
                    }
                }
            }

            var ticks = 0L;
            foreach (var line in File.ReadLines("/proc/stat").TakeWhile(static line => line.StartsWith("cpu", StringComparison.Ordinal)))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (int.TryParse(fields[0].AsSpan(3), CultureInfo.InvariantCulture, out var processor) && _processors.Contains(processor))
                {
                    ticks += s_busy.Sum(i => long.Parse(fields[i], CultureInfo.InvariantCulture));
                }
            }

            return ticks / TicksPerSecond;
        }

        /// <summary>Nanoseconds of a thread so far, and between the last two readings.</summary>
        private readonly record struct Thread(long Ran, long Waited, long RanLast);
    }
}
