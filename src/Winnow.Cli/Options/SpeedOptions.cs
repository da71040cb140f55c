using System.CommandLine;
using System.Globalization;
using Winnow.Data;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training;
using Winnow.Training.Probing;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Classification;
using Device = TorchSharp.torch.Device;

namespace Winnow.Cli.Options;

/// <summary>How a recipe is computed on this machine: what the user settles, and what a probe of two seconds finds for the rest.</summary>
internal sealed class SpeedOptions
{
    /// <summary>Set to 0: nothing is probed, and what isn't settled is fp32, channels-last and all threads.</summary>
    public const string Variable = "WINNOW_PROBE";

    private readonly Option<Format?> _precision = Value.Choice<Format>("--precision", "number format of the heavy operators [default: auto, the fastest here by a probe of two seconds]", ("auto", Format.Auto), ("fp32", Format.Fp32), ("bf16", Format.Bf16));
    private readonly Option<Order?> _layout = Value.Choice<Order>("--layout", "memory order of images [default: auto, by the same probe]", ("auto", Order.Auto), ("channels-last", Order.ChannelsLast), ("contiguous", Order.Contiguous));

    public void AddTo(Command command)
    {
        command.Options.Add(_precision);
        command.Options.Add(_layout);
    }

    /// <summary>The recipe as it is computed here, and what was measured for it; null where nothing was.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="recipe">What was asked for.</param>
    /// <param name="data">The run's data.</param>
    /// <param name="device">The run's device.</param>
    /// <param name="threads">The threads that the user has settled; null lets the probe choose.</param>
    /// <param name="processes">How many processes train together: they have to agree, so that several probe nothing.</param>
    /// <param name="terminal">Is told in a line what was chosen, and a warning where bf16 was asked for and is slow.</param>
    /// <param name="time">The clock.</param>
    public (TaskRecipe Recipe, ProbeResult? Probe) Choose(ParseResult parsed, TaskRecipe recipe, TaskData data, Device device, int? threads, int processes, Terminal terminal, TimeProvider time)
    {
        var settled = new FixedSettings
        {
            Precision = parsed.GetValue(_precision) switch { Format.Fp32 => Precision.Fp32, Format.Bf16 => Precision.Bf16, _ => null },
            Layout = parsed.GetValue(_layout) switch { Order.ChannelsLast => MemoryLayout.ChannelsLast, Order.Contiguous => MemoryLayout.Contiguous, _ => null },
            Threads = threads,
        };
        var plain = recipe with { Precision = settled.Precision ?? recipe.Precision, Layout = settled.Layout ?? recipe.Layout };
        if (settled is { Precision: Precision.Bf16 } && !Autocast.IsAvailable)
        {
            throw new UsageException($"--precision bf16 isn't available here: {TorchRuntime.Gaps.First(static gap => gap.Name == "autocast").Detail}. Use --precision fp32.");
        }

        if (plain is TrainingRecipe { ModelFile: { } file } network && data is LoadedData samples)
        {
            // Not every network that comes in a file can be computed in any order; nothing is measured of what can't be had.
            var fitting = ClassificationTask.FittingLayout(samples, network, device);
            if (settled.Layout is { } asked && asked != fitting)
            {
                throw new UsageException($"--layout channels-last can't be had with --model {file.Path}, whose network can't be computed in that order; leave --layout out.");
            }

            settled = fitting == plain.Layout ? settled : settled with { Layout = fitting };
            plain = plain with { Layout = fitting };
        }

        if (processes > 1 || Environment.GetEnvironmentVariable(Variable) == "0" || settled is { Precision: Precision.Fp32, Layout: not null, Threads: not null })
        {
            return (plain, null);
        }

        var memory = new ProbeMemory(ProbeMemory.DefaultFolder);
        var key = ProbeMemory.Key(data, plain, DeviceNames.Name(device), settled, TorchRuntime.Threads);
        var probe = memory.Find(key);
        var kept = true;
        if (probe is null)
        {
            probe = SpeedProbe.Run(plain.CreateTaskToTry(data), plain, device, settled, time);
            kept = !probe.Busy && memory.Keep(key, probe, time.GetUtcNow());
        }

        TorchRuntime.Threads = probe.Settings.Threads;
        terminal.WriteNote(Sentence(probe, kept));
        if (settled.Precision == Precision.Bf16 && probe.Relative(static other => other.Precision == Precision.Fp32) is { } factor and > 1.1)
        {
            terminal.WriteNote(string.Create(CultureInfo.InvariantCulture, $"--precision bf16 is {factor:0.#} times slower than fp32 on this processor ({ProcessorFeatures.InstructionSet}); leave it out, or use --precision fp32."));
        }

        return (recipe with { Precision = probe.Settings.Precision, Layout = probe.Settings.Layout }, probe);
    }

    private enum Format
    {
        Auto,
        Fp32,
        Bf16,
    }

    private enum Order
    {
        Auto,
        ChannelsLast,
        Contiguous,
    }

    private static string Sentence(ProbeResult probe, bool kept)
    {
        var others = probe.Measured.Where(speed => speed.Settings != probe.Settings).Select(speed => string.Create(CultureInfo.InvariantCulture, $"{Difference(speed.Settings, probe.Settings)} {speed.SamplesPerSecond / probe.SamplesPerSecond:0.00}x"));
        var where = probe.Remembered is { } date ? string.Create(CultureInfo.InvariantCulture, $"as probed on {date:yyyy-MM-dd}")
            : string.Create(CultureInfo.InvariantCulture, $"probed in {probe.Seconds:0.0} s{(probe.Busy ? "; the machine is busy, so it isn't remembered" : kept ? "" : "; it can't be remembered")}");
        return string.Create(CultureInfo.InvariantCulture, $"Computed in {probe.Settings}: {probe.SamplesPerSecond:N0} samples/s on {ProcessorFeatures.InstructionSet} ({string.Join(", ", others.Append(where))}).");
    }

    /// <summary>What is different in a setting, in as few words as that takes.</summary>
    private static string Difference(ComputeSettings other, ComputeSettings chosen) => string.Join(" ", new[]
    {
        other.Precision == chosen.Precision ? "" : other.Precision == Precision.Bf16 ? "bf16" : "fp32",
        other.Layout == chosen.Layout ? "" : other.Layout == MemoryLayout.Contiguous ? "contiguous" : "channels-last",
        other.Threads == chosen.Threads ? "" : string.Create(CultureInfo.InvariantCulture, $"{other.Threads} {(other.Threads == 1 ? "thread" : "threads")}"),
    }.Where(static word => word.Length > 0));
}
