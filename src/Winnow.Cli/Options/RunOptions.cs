using System.CommandLine;
using Winnow.Catalog;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Torch.Distributed;
using Device = TorchSharp.torch.Device;

namespace Winnow.Cli.Options;

/// <summary>Where a run computes and what it leaves behind, shared by <c>train</c> and <c>compare</c>.</summary>
internal sealed class RunOptions
{
    public static readonly Option<bool> Json = new("--json") { Description = "print one JSON document on standard output and nothing else there" };

    public const string QuietName = "--quiet";

    /// <summary>How many threads may be asked for.</summary>
    public static NumberRange<int> Threads { get; } = new(1, 4096);

    private readonly Option<string> _device = new("--device") { Description = "cpu, cuda, cuda:N or mps", DefaultValueFactory = static _ => "cpu", HelpName = "device" };
    private readonly Option<int?> _threads = Value.Number<int>("--threads", "threads to compute with, shared out among the processes of this machine; results are bit for bit the same at the same number [default: the fastest number by a probe of two seconds]", Threads, "4", "leave it out for the fastest number");
    private readonly Option<string?> _run = new("--run") { Description = "the run folder, which must not exist yet [default: runs/VERB-DATA-TIME]", HelpName = "folder" };
    private readonly Option<bool> _quiet = new(QuietName, "-q") { Description = "no progress, only the result" };

    public void AddTo(Command command)
    {
        command.Options.Add(_device);
        command.Options.Add(_threads);
        command.Options.Add(_run);
        command.Options.Add(_quiet);
        command.Options.Add(Json);
    }

    /// <summary>The same for a command that leaves no run folder.</summary>
    public void AddWithoutFolderTo(Command command)
    {
        command.Options.Add(_device);
        command.Options.Add(_threads);
        command.Options.Add(_quiet);
        command.Options.Add(Json);
    }

    public bool Quiet(ParseResult parsed) => parsed.GetValue(_quiet);

    /// <summary>Starts libtorch with the threads asked for and checks the device.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="place">Which of several processes this is, those of this machine sharing the threads; null for one alone.</param>
    public Device Start(ParseResult parsed, RankEnvironment? place = null) =>
        Start(parsed.GetValue(_device)!, parsed.GetValue(_threads) ?? (place is { LocalSize: > 1 } && !OmpSays ? Environment.ProcessorCount : null), place?.LocalSize ?? 1, place);

    /// <summary>Starts libtorch as a run was begun.</summary>
    /// <param name="plan">With as many threads in all its processes together.</param>
    /// <param name="place">Which of several processes this is, all of them sharing those threads; null for one alone.</param>
    public static Device Start(RunPlan plan, RankEnvironment? place = null) =>
        Start(plan.Environment.Device, plan.Environment.Threads * plan.Environment.Processes, place?.Size ?? 1, place);

    private static Device Start(string name, int? threads, int processes, RankEnvironment? place)
    {
        if (threads is < 1 or > 4096)
        {
            throw new UsageException($"--threads {threads} is not in [1, 4096]; leave it out for all cores.");
        }

        try
        {
            _ = DeviceNames.Parse(name);
            TorchRuntime.Load();
            if (threads is { } total)
            {
                TorchRuntime.Threads = Math.Max(1, total / processes);
            }

            return ProcessOptions.DeviceOf(DeviceNames.Find(name), place, static () => TorchSharp.torch.cuda.device_count());
        }
        catch (Exception error) when (error is FormatException or InvalidOperationException)
        {
            throw new UsageException(error.Message);
        }
    }

    /// <summary>The threads that the user has settled, by option or variable, once libtorch is started; null where he hasn't.</summary>
    public int? SettledThreads(ParseResult parsed) => parsed.GetValue(_threads) is not null || OmpSays ? TorchRuntime.Threads : null;

    // The variable counts for each process, as it does for every program built on OpenMP.
    private static bool OmpSays => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"));

    /// <summary>Makes the run folder: the one asked for, or one named after verb, data and time.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="verb">Whose run it is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="note">Takes what the user should know while the run goes on.</param>
    public RunFolder CreateFolder(ParseResult parsed, string verb, TimeProvider time, Action<string> note)
    {
        if (parsed.GetValue(_run) is { } asked)
        {
            return asked.Trim().Length > 0 ? RunFolder.Create(asked, time, note) : throw new UsageException("--run is empty; name a folder that doesn't exist yet, or leave it out.");
        }

        // Runs begun in the same second are told apart by a number.
        return RunFolder.CreateNumbered(Path.Combine("runs", RunFolder.DefaultName(verb, parsed.GetValue(RecipeOptions.Data)!, time)), time, note);
    }
}
