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

        private readonly Dictionary<string, long> _threads = new(StringComparer.Ordinal);
        private readonly HashSet<string> _processors = new(StringComparer.Ordinal);
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

        /// <summary>What has been used so far; null where the system doesn't tell.</summary>
        public ProcessorUse? Read()
        {
            try
            {
                ReadWaiting();
                return new ProcessorUse(_waited / 1e9, Busy() - Environment.CpuUsage.TotalTime.TotalSeconds);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException or OverflowException)
            {
                return null;
            }
        }

        private void ReadWaiting()
        {
            foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
            {
                try
                {
                    // Nanoseconds run, nanoseconds waited, times run; noughts where the kernel was built without counting.
                    var fields = File.ReadAllText(thread + "/schedstat").Split(' ');
                    var now = long.Parse(fields[1], CultureInfo.InvariantCulture);
                    _counts |= fields[0] != "0";
                    _waited += Math.Max(0, now - _threads.GetValueOrDefault(thread));
                    _threads[thread] = now;
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
                        _processors.Add(string.Create(CultureInfo.InvariantCulture, $"cpu{i}"));
                    }
                }
            }

            var ticks = 0L;
            foreach (var line in File.ReadLines("/proc/stat").TakeWhile(static line => line.StartsWith("cpu", StringComparison.Ordinal)))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (_processors.Contains(fields[0]))
                {
                    ticks += s_busy.Sum(i => long.Parse(fields[i], CultureInfo.InvariantCulture));
                }
            }

            return ticks / TicksPerSecond;
        }
    }
}
