using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Torch.Distributed;
using Winnow.Training;
using Device = TorchSharp.torch.Device;

namespace Winnow.Cli;

/// <summary>Facts about this process and its data that go into every result.</summary>
internal static class RunDescription
{
    /// <summary>The product's version.</summary>
    public static string Version =>
        typeof(RunDescription).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>Versions, machine and command line.</summary>
    /// <param name="device">Where this process computes.</param>
    /// <param name="place">Which of several processes it is; null for one alone. Of several the device is told without the number that each has of its own.</param>
    public static RunEnvironment Environment(Device device, RankEnvironment? place = null) => new()
    {
        Winnow = Version,
        Libtorch = TorchRuntime.Version,
        Runtime = RuntimeInformation.FrameworkDescription,
        Device = place is { LocalSize: > 1 } && device.type == TorchSharp.DeviceType.CUDA ? "cuda" : DeviceNames.Name(device),
        Processes = place?.Size ?? 1,
        Threads = TorchRuntime.Threads,
        Processor = Processor(),
        Command = ["winnow", .. System.Environment.GetCommandLineArgs().Skip(1)],
    };

    /// <summary>What has to be the same in every process that trains together, by name.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Agreement(Trainer trainer, TrainingRequest request) =>
    [
        new("Winnow", Version),
        new("--method", request.Method),
        new("--scores", string.Join(' ', request.Scores)),
        new("--seed", request.Seed.ToString(CultureInfo.InvariantCulture)),
        new("the data", $"{trainer.Task.Dataset.Name} ({trainer.Task.Dataset.Train} samples, {trainer.Task.Dataset.Fingerprint})"),
        .. trainer.Settings.Settings(),
    ];

    /// <summary>The same for processes that go on together: all else rank 0 tells them from the run's folder.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> AgreementToGoOn { get; } = [new("Winnow", Version), new("--resume", "given")];

    /// <summary>The processor's name as the system gives it.</summary>
    public static string Processor()
    {
        const string Info = "/proc/cpuinfo";
        var line = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
