using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;
using Winnow.Torch.Distributed;

namespace Winnow.Torch.Tests.Support;

/// <summary>What this assembly does when it is run as a program: what needs a process of its own.</summary>
internal static class RankProgram
{
    private static int Main(string[] arguments) => arguments switch
    {
        ["rank", var timeout] => Rank(TimeSpan.FromSeconds(double.Parse(timeout, System.Globalization.CultureInfo.InvariantCulture))),
        ["order", var order, var libtorch] => Order(order, libtorch),
        ["launched"] => Launched(),
        ["availability"] => Availability(),
        ["gaps"] => GapProgram.Gaps(),
        ["getenv", var name] => GapProgram.NativeVariable(name),
        _ => 64,
    };

    /// <summary>Says whether there are process groups, and what asking for one comes to.</summary>
    private static int Availability()
    {
        Console.WriteLine($"{ProcessGroup.Availability.State}: {ProcessGroup.Availability.Detail}");
        Console.WriteLine(Assert.Throws<RankSetupException>(() => ProcessGroup.Join(Ranks.Place(0, 2))).Message);
        return ProcessGroup.IsAvailable ? 66 : 0;
    }

    /// <summary>Gathers the ranks; on its first attempt rank 1 ends with an error.</summary>
    private static int Launched()
    {
        var place = RankEnvironment.Read(Environment.GetEnvironmentVariable)!;
        using var group = ProcessGroup.Join(place);
        Console.WriteLine($"attempt {place.LauncherAttempt}, rank {place.Rank}: {string.Join(' ', group.AllGather<int>([place.Rank]))}");
        group.Leave();
        return place is { Rank: 1, LauncherAttempt: 0 } ? 1 : 0;
    }

    /// <summary>Adds up with the other ranks until one is lost, and says which.</summary>
    private static int Rank(TimeSpan timeout)
    {
        using var group = ProcessGroup.Join(RankEnvironment.Read(Environment.GetEnvironmentVariable)!, new ProcessGroupOptions { Timeout = timeout });
        TorchRuntime.Load();
        using var numbers = torch.ones(100_000);
        group.Barrier();
        Console.WriteLine("ready");
        var since = Stopwatch.StartNew();
        try
        {
            while (true)
            {
                since.Restart();
                group.AllReduce(numbers);
            }
        }
        catch (RankLostException lost)
        {
            Console.WriteLine($"lost {lost.Rank}: {lost.Message}");
            group.Fail(lost.Message);
            return 3;
        }
    }

    /// <summary>Loads gloo and libtorch in some order and exchanges tensors.</summary>
    private static int Order(string order, string libtorch)
    {
        if (order == "torch for all first")
        {
            // Lazily, for all to see.
            if (Dlopen(libtorch, 0x101) == 0)
            {
                return 65;
            }
        }
        else if (order == "torch first")
        {
            TorchRuntime.Load();
        }

        var available = ProcessGroup.IsAvailable;
        TorchRuntime.Load();
        var sums = Ranks.Run(2, static group =>
        {
            using var scope = torch.NewDisposeScope();
            var tensor = torch.arange(1000, torch.float64);
            group.AllReduce(tensor);
            group.Broadcast(tensor, 1);
            return (tensor.sum() + group.AllGather<long>([group.Rank])[1]).ToDouble();
        });
        Console.WriteLine(string.Join(' ', sums));
        return available ? 0 : 66;
    }

    [DllImport("libc", EntryPoint = "dlopen", CharSet = CharSet.Ansi)]
    private static extern nint Dlopen(string path, int flags);
}

/// <summary>A process that runs this assembly as a program.</summary>
internal sealed class ChildProgram : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    public ChildProgram(IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", ["exec", typeof(RankProgram).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[LoadTorch.Program] = "1";
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public string Errors => _errors.Result;

    public string? ReadLine() => _process.StandardOutput.ReadLine();

    public int Wait()
    {
        Assert.True(_process.WaitForExit(TimeSpan.FromSeconds(60)), "the process doesn't end");
        return _process.ExitCode;
    }

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
