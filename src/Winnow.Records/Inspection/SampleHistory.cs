using Winnow.Data;
using Winnow.Data.Formats;

namespace Winnow.Records.Inspection;

/// <summary>What a run has recorded of its samples, one row an epoch.</summary>
public sealed class SampleHistory
{
    /// <summary>The name of a file.</summary>
    public const string Losses = "losses.npy", Predictions = "predictions.npy", Labels = "labels.npy", CleanLabels = "clean_labels.npy", Ids = "ids.npy";

    /// <summary>In <c>predictions.npy</c>: there was no visit.</summary>
    public const int NotVisited = -1;

    private readonly NpyArray _losses;
    private readonly NpyArray _predictions;
    private readonly int[]? _rows;

    private SampleHistory(NpyArray losses, NpyArray predictions, int[] labels, int[] clean, int[]? rows)
    {
        (_losses, _predictions, TrainedLabels, Clean, _rows) = (losses, predictions, labels, clean, rows);
        Recorded = [.. Enumerable.Range(0, losses.Shape[0]).Where(epoch => LossesOf(epoch).ContainsAnyExcept(float.NaN))];
    }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Files { get; } = [Losses, Predictions, Labels, CleanLabels, Ids];

    /// <summary>How many samples there are.</summary>
    public int Count => TrainedLabels.Length;

    /// <summary>Epochs that the run was to have.</summary>
    public int Epochs => _losses.Shape[0];

    /// <summary>The 0-based epochs that were recorded.</summary>
    public IReadOnlyList<int> Recorded { get; }

    /// <summary>The label that each sample was trained with.</summary>
    public IReadOnlyList<int> LabelsTrained => TrainedLabels;

    /// <summary>The labels before label noise; empty where there was none.</summary>
    public IReadOnlyList<int> LabelsClean => Clean;

    /// <summary>Whether the rows of the data's files were recorded. Earlier versions didn't; <see cref="IdOf"/> is then the place itself.</summary>
    public bool KnowsRows => _rows is not null;

    /// <summary>What a sample is called: its row in the data's file, from 0.</summary>
    /// <param name="place">Its place among the samples trained on, from 0.</param>
    public int IdOf(int place) => _rows is null ? place : _rows[place];

    internal int[] TrainedLabels { get; }

    internal int[] Clean { get; }

    /// <summary>The losses of an epoch's visits, one a sample; NaN where there was no visit, infinite where the loss wasn't finite.</summary>
    public ReadOnlySpan<float> LossesOf(int epoch) => _losses.AsSpan<float>().Slice(epoch * Count, Count);

    /// <summary>The classes that the model gave the samples in an epoch, one a sample; -1 where there was no visit.</summary>
    public ReadOnlySpan<int> PredictionsOf(int epoch) => _predictions.AsSpan<int>().Slice(epoch * Count, Count);

    /// <summary>A sample's losses, one a recorded epoch.</summary>
    public float[] LossesOfSample(int place) => [.. Recorded.Select(epoch => LossesOf(epoch)[place])];

    /// <summary>Reads the files of one run.</summary>
    /// <param name="folder">Where they lie.</param>
    /// <exception cref="DataException">One is missing, damaged, or doesn't fit the others.</exception>
    public static SampleHistory Read(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var losses = Read(folder, Losses, NpyType.Float32, 2);
        var predictions = Read(folder, Predictions, NpyType.Int32, 2);
        var labels = Read(folder, Labels, NpyType.Int32, 1);
        var clean = File.Exists(Path.Combine(folder, CleanLabels)) ? Read(folder, CleanLabels, NpyType.Int32, 1) : null;
        var count = losses.Shape[1];
        if (!predictions.Shape.SequenceEqual(losses.Shape) || labels.Length != count || (clean is not null && clean.Length != count) || count == 0)
        {
            throw new DataException($"{folder}: {Losses} has the shape {losses.ShapeText}, {Predictions} {predictions.ShapeText} and {Labels} {labels.ShapeText}{(clean is null ? "" : $", {CleanLabels} {clean.ShapeText}")}; "
                + "they are of one run where the first two are equal and the labels as long as a row. Take all files from the same run.");
        }

        return new SampleHistory(losses, predictions, labels.AsSpan<int>().ToArray(), clean is null ? [] : clean.AsSpan<int>().ToArray(), Rows(folder, count));
    }

    private static int[]? Rows(string folder, int count)
    {
        var path = Path.Combine(folder, Ids);
        if (!File.Exists(path))
        {
            return null;
        }

        var ids = Read(folder, Ids, NpyType.Int64, 1);
        var wrong = ids.AsSpan<long>().IndexOfAnyExceptInRange(0L, int.MaxValue);
        return ids.Length != count ? throw new DataException($"{path} holds {ids.Length} ids, and the run recorded {count} samples. Take all files from the same run.")
            : wrong >= 0 ? throw new DataException($"{path}: {ids.AsSpan<long>()[wrong]} is no row of a file, which count from 0; the file was changed, so take the run's own.")
            : Array.ConvertAll(ids.AsSpan<long>().ToArray(), static id => (int)id);
    }

    private static NpyArray Read(string folder, string name, NpyType type, int extents)
    {
        var path = Path.Combine(folder, name);
        var array = Npy.Read(path);
        return array.Type == type && array.Shape.Length == extents
            ? array
            : throw new DataException($"{path} holds {array.Type} of shape {array.ShapeText}, and a run records {type} in {extents} extents; the file was changed, so take the run's own.");
    }
}
