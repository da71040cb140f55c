using System.Diagnostics;
using System.Text;

namespace Winnow.Cli.Tests.Support;

/// <summary>The real program in a process of its own, with what it writes, until it ends; killed with all it started when it hasn't by then.</summary>
public sealed class RunningProgram : IDisposable
{
    // A shell that runs tests in the background ignores SIGINT, which every child would inherit.
    private static readonly string[] s_heedful = ["env", "--default-signal=INT"];

    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private readonly StringBuilder _out = new();
    private readonly Stopwatch _clock = new();

    public RunningProgram(IReadOnlyDictionary<string, string>? variables, params string[] arguments)
        : this([.. s_heedful, Program, .. arguments], variables)
    {
    }

    private RunningProgram(string[] command, IReadOnlyDictionary<string, string>? variables)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = "1";
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => Add(_error, line.Data);
        _process.OutputDataReceived += (_, line) => Add(_out, line.Data);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    public static string Program => Path.Combine(AppContext.BaseDirectory, "Winnow.Cli");

    public int Id => _process.Id;

    public string Error => Text(_error);

    public string Out => Text(_out);

    /// <summary>The lines of standard error that say why it failed.</summary>
    public string[] Failures => [.. Error.Split('\n').Where(static line => line.StartsWith("winnow: ", StringComparison.Ordinal))];

    /// <summary>The processes that it has started, in the order of their start.</summary>
    public int[] Children => [.. File.ReadAllText($"/proc/{Id}/task/{Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).Order()];

    /// <summary>Time since the last signal was sent.</summary>
    public TimeSpan SinceSignal => _clock.Elapsed;

    /// <summary>Runs inside a network namespace.</summary>
    public static RunningProgram Inside(string space, IReadOnlyDictionary<string, string> variables, params string[] arguments) =>
        new([.. s_heedful, "ip", "netns", "exec", space, Program, .. arguments], variables);

    /// <summary>Runs within a memory group.</summary>
    public static RunningProgram Within(MemoryGroup group, IReadOnlyDictionary<string, string> variables, params string[] arguments) => new([.. s_heedful, .. group.Prefix, Program, .. arguments], variables);

    /// <summary>Whether a process is there and more than the remains of one.</summary>
    public static bool IsAlive(int id)
    {
        try
        {
            return !File.ReadAllText($"/proc/{id}/stat").Split(") ")[1].StartsWith('Z');
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Waits until standard error holds a text.</summary>
    public void WaitFor(string text)
    {
        var since = Stopwatch.StartNew();
        while (!Error.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(since.Elapsed < TimeSpan.FromSeconds(60) && !(_process.HasExited && since.Elapsed > TimeSpan.FromSeconds(5)), $"no \"{text}\" in: {Error}");
            Thread.Sleep(20);
        }
    }

    /// <summary>Sends a signal, such as KILL, to this process or one that it has started.</summary>
    public void Signal(string signal, int? id = null)
    {
        _clock.Restart();
        using var kill = Process.Start("kill", [$"-{signal}", $"{id ?? Id}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>The exit code, once it has ended.</summary>
    public int Code(double seconds = 60)
    {
        Assert.True(_process.WaitForExit(TimeSpan.FromSeconds(seconds)), $"the program didn't end within {seconds} s; it said: {Error}");
        _clock.Stop();
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static void Add(StringBuilder text, string? line)
    {
        lock (text)
        {
            _ = line is null ? text : text.Append(line).Append('\n');
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
