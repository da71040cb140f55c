using System.CommandLine;
using Winnow.Torch;
using Winnow.Torch.Distributed;
using Device = TorchSharp.torch.Device;

namespace Winnow.Cli.Options;

/// <summary>How many processes train together, and how long they wait for one another.</summary>
internal sealed class ProcessOptions
{
    private const int Most = 1024;

    /// <summary>The options' names: a run may go on with others than it was begun with.</summary>
    public const string ProcessesName = "--processes", TimeoutName = "--timeout";

    private readonly Option<int?> _processes = Value.Number<int>(ProcessesName, "processes of this machine that train together, each on its share of every batch; on several machines a launcher such as torchrun starts them [default: 1; with --resume as many as the run was begun with]", new(1, Most), "2", "leave it out to train in one");
    private readonly Option<double?> _timeout = Value.Number<double>(TimeoutName, "seconds that processes wait for one another before one that is gone or hangs ends the run [default: 60]", new(1, 86400) { Unit = "seconds" }, "60");

    public void AddTo(Command command)
    {
        command.Options.Add(_processes);
        command.Options.Add(_timeout);
    }

    /// <summary>How long ranks wait for one another.</summary>
    public TimeSpan Timeout(ParseResult parsed) => TimeSpan.FromSeconds(parsed.GetValue(_timeout) ?? 60);

    /// <summary>Which rank this process is, by a launcher's variables or, where there are none, the first of those it starts itself. Null for a process alone.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="begun">How many there are where nothing says so.</param>
    /// <exception cref="UsageException">Variables and number contradict each other.</exception>
    /// <exception cref="RankSetupException">The variables are wrong.</exception>
    public RankEnvironment? Place(ParseResult parsed, int begun = 1)
    {
        var processes = parsed.GetValue(_processes);
        var place = RankEnvironment.Read(Environment.GetEnvironmentVariable);
        if (place is not null && processes is { } asked && asked != place.Size)
        {
            throw new UsageException($"--processes {asked} contradicts the variable WORLD_SIZE={place.Size}, by which a launcher has started this process; leave --processes out, or unset RANK and WORLD_SIZE.");
        }

        place ??= new RankEnvironment { Rank = 0, Size = processes ?? begun, LocalSize = processes ?? begun, Host = "127.0.0.1", Port = 0 };
        return place.Size > 1 ? place : null;
    }

    /// <summary>
    /// The device of a rank: the processor is shared, of CUDA devices each process of a machine takes the one with its number on that machine.
    /// </summary>
    /// <param name="asked">The device that was asked for.</param>
    /// <param name="place">Which rank this is; null for a process alone, which takes what was asked for.</param>
    /// <param name="there">How many CUDA devices this machine has.</param>
    /// <exception cref="UsageException">The device is one that can't be shared, or there are fewer than processes.</exception>
    public static Device DeviceOf(Device asked, RankEnvironment? place, Func<int> there)
    {
        if (place is null || asked.type == TorchSharp.DeviceType.CPU)
        {
            return asked;
        }

        var name = DeviceNames.Name(asked);
        if (asked.type != TorchSharp.DeviceType.CUDA)
        {
            throw new UsageException($"--device {name} with {place.Size} processes: they exchange gradients over gloo on processors and over NCCL on CUDA devices; use --device cpu, or one process.");
        }

        if (asked.index >= 0)
        {
            return place.LocalSize == 1 ? asked
                : throw new UsageException($"--device {name} with {place.LocalSize} processes on this machine: each takes a device of its own; write --device cuda.");
        }

        var count = there();
        return place.LocalSize <= count ? new Device(TorchSharp.DeviceType.CUDA, place.LocalRank)
            : throw new UsageException($"--device cuda with {place.LocalSize} processes on this machine, which has {(count == 1 ? "1 CUDA device" : $"{count} CUDA devices")}: each takes one of its own; start at most {count}.");
    }

    /// <summary>Refuses what can't be shared out.</summary>
    public static void Check(RankEnvironment? place, int batchSize)
    {
        if (place is not null && batchSize < place.Size)
        {
            throw new UsageException($"{place.Size} processes share a batch of {batchSize}, which leaves some without a sample; a larger --batch-size or fewer processes.");
        }
    }
}
