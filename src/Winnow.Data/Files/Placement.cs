using System.Globalization;

namespace Winnow.Data.Files;

/// <summary>Whether the samples of a data set are taken into memory or left in their files.</summary>
/// <param name="InFiles">Whether they stay in their files.</param>
/// <param name="Note">What the user should know of it; null for data that are taken into memory.</param>
internal readonly record struct Placement(bool InFiles, string? Note)
{
    // A set takes its size up to three times while it is made ready for training, and something has to be left for the training.
    private const int LargestShare = 4;

    /// <summary>Decides.</summary>
    /// <param name="name">What the data set is called.</param>
    /// <param name="bytes">What all samples take.</param>
    /// <param name="options">What the user wants.</param>
    /// <exception cref="DataOptionException">They are wanted in memory and can't be there.</exception>
    public static Placement Of(string name, long bytes, DataOptions options)
    {
        // What the process may use, by a control group if there is one.
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (options.Streaming == Streaming.Off && bytes > SampleSet.MaxBytes)
        {
            throw new DataOptionException(Text($"{name} has {bytes} bytes of samples, more than the {SampleSet.MaxBytes} that a set in memory may have; leave out "), nameof(DataOptions.Streaming), ", and they are read from their files.");
        }

        var inFiles = options.Streaming == Streaming.On || (options.Streaming == Streaming.Auto && (bytes > SampleSet.MaxBytes || bytes > memory / LargestShare));
        return new(inFiles, inFiles ? Text($"{Size(bytes)} of samples are read from their files while they are used{(options.Streaming == Streaming.On ? "" : $", not taken into the {Size(memory)} of memory that there are")}.") : null);
    }

    private static string Size(long bytes) => bytes >= 10_000_000_000 ? Text($"{bytes / 1e9:0} GB") : bytes >= 1_000_000_000 ? Text($"{bytes / 1e9:0.0} GB") : Text($"{Math.Max(1, bytes / 1e6):0} MB");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
