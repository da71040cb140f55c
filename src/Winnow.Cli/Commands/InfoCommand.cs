using System.CommandLine;
using System.Runtime.InteropServices;
using Winnow.Torch;
using Winnow.Torch.Distributed;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow info</c>: what this installation is made of, for bug reports and records.</summary>
internal static class InfoCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("info", "Show versions, device, threads, instruction set, and where libtorch is.") { Options.RunOptions.Json };
        Help.AddTo(command, terminal,
            ("winnow info", "what to attach to a bug report"),
            ("winnow info --json", "the same for another program"));
        command.SetAction(parsed =>
        {
            TorchRuntime.Load();
            var info = new SystemInfo
            {
                Winnow = RunDescription.Version,
                Runtime = RuntimeInformation.FrameworkDescription,
                System = RuntimeInformation.OSDescription,
                Processor = RunDescription.Processor(),
                Cores = Environment.ProcessorCount,
                MemoryGib = Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30), 1),
                Libtorch = TorchRuntime.Version,
                LibtorchPath = TorchRuntime.LibraryPath,
                Threads = TorchRuntime.Threads,
                InstructionSet = ProcessorFeatures.InstructionSet,
                Devices = DeviceNames.Here(),
                Gaps = [.. TorchRuntime.Gaps.Append(ProcessGroup.Availability).Select(static gap => new GapInfo(gap.Name, gap.State switch { GapState.InUse => "in use", GapState.NotNeeded => "not needed", _ => "unavailable" }, gap.Detail))],
            };
            if (parsed.GetValue(Options.RunOptions.Json))
            {
                terminal.WriteJson(info, CliJson.Indented.SystemInfo);
                return ExitCode.Done;
            }

            foreach (var (name, value) in info.Rows())
            {
                terminal.WriteLine($"{name,-16} {value}");
            }

            return ExitCode.Done;
        });
        return command;
    }
}

/// <summary>What <c>winnow info</c> tells.</summary>
internal sealed record SystemInfo
{
    public required string Winnow { get; init; }

    public required string Runtime { get; init; }

    public required string System { get; init; }

    public required string Processor { get; init; }

    public required int Cores { get; init; }

    public required double MemoryGib { get; init; }

    public required string Libtorch { get; init; }

    public required string LibtorchPath { get; init; }

    public required int Threads { get; init; }

    public required string InstructionSet { get; init; }

    /// <summary>The values that --device can have here.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>What TorchSharp lacks, and what is in use instead.</summary>
    public required IReadOnlyList<GapInfo> Gaps { get; init; }

    /// <summary>The same for people.</summary>
    public IEnumerable<(string Name, string Value)> Rows() =>
    [
        ("winnow", Winnow),
        ("runtime", $"{Runtime} on {System}"),
        ("processor", FormattableString.Invariant($"{Processor}, {Cores} cores, {MemoryGib} GiB")),
        ("libtorch", $"{Libtorch} at {LibtorchPath}"),
        ("threads", FormattableString.Invariant($"{Threads}")),
        ("instruction set", InstructionSet),
        ("devices", string.Join(", ", Devices)),
        .. Gaps.Select(static gap => (gap.Name, $"{gap.State}: {gap.Detail}")),
    ];
}

/// <summary>One thing that TorchSharp lacks.</summary>
/// <param name="Name">What it is.</param>
/// <param name="State"><c>in use</c>, <c>not needed</c> or <c>unavailable</c>.</param>
/// <param name="Detail">What is in use, or why it isn't and what is used instead.</param>
internal sealed record GapInfo(string Name, string State, string Detail);
