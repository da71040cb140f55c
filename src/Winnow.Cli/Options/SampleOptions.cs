using System.CommandLine;
using Winnow.Data;
using Winnow.Training;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Cli.Options;

/// <summary>Whether what a run sees of each sample is recorded: shared by <c>train</c> and <c>compare</c>.</summary>
internal sealed class SampleOptions(bool byDefault)
{
    private readonly Option<bool> _on = new("--samples")
    {
        Description = byDefault
            ? "record loss and prediction of every visit, for winnow inspect [default: on while that takes at most 256 MiB: 8 bytes · epochs · samples]"
            : "record loss and prediction of every visit of every run, for winnow inspect: 8 bytes · epochs · samples a run",
    };

    private readonly Option<bool> _off = new("--no-samples") { Description = "don't" };

    public void AddTo(Command command)
    {
        command.Options.Add(_on);
        if (byDefault)
        {
            command.Options.Add(_off);
        }
    }

    /// <summary>Whether this run is recorded.</summary>
    public bool Recorded(ParseResult parsed, int epochs, TrainingTask task)
    {
        var samples = task.Dataset.Train;
        var able = task is ClassificationTask;
        var bytes = SampleRecorder.Bytes(epochs, samples);
        return (parsed.GetValue(_on), byDefault && parsed.GetValue(_off)) switch
        {
            (true, true) => throw new UsageException("--samples and --no-samples exclude each other; give one of them."),
            (true, _) when bytes / 2 > SampleSet.MaxBytes => throw new UsageException(FormattableString.Invariant(
                $"--samples would record {epochs} epochs of {samples} samples, 4 bytes each, in a file; more than {SampleSet.MaxBytes} bytes can't be read again. Leave it out, or train on fewer samples or epochs.")),
            (true, _) when !able => throw new UsageException($"--samples records predictions of classes, and the task {task.Name} makes none; leave it out."),
            (true, _) => true,
            (_, true) => false,
            _ => able && byDefault && bytes <= SampleRecorder.DefaultLimit,
        };
    }
}
