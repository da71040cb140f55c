using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Segmentation;

/// <summary>
/// How far the pixels found of each class are those that are of it, counted in whole numbers over all samples: the same in any order, batch and number of ranks.
/// </summary>
internal sealed class Overlap
{
    private readonly long[] _both, _labelled, _found;

    /// <param name="rows">What <see cref="Of"/> gave, a row a sample.</param>
    /// <param name="classes">How many classes there are.</param>
    public Overlap(ReadOnlySpan<float> rows, int classes)
    {
        (_both, _labelled, _found) = (new long[classes], new long[classes], new long[classes]);
        for (var at = 0; at < rows.Length; at += 3 * classes)
        {
            for (var k = 0; k < classes; k++)
            {
                _both[k] += (long)rows[at + k];
                _labelled[k] += (long)rows[at + classes + k];
                _found[k] += (long)rows[at + (2 * classes) + k];
            }
        }
    }

    /// <summary>Of each class its intersection over union, in [0, 1]; NaN where no pixel is of it.</summary>
    public IReadOnlyList<double> ByClass => [.. _both.Select((both, k) => _labelled[k] == 0 ? double.NaN : (double)both / (_labelled[k] + _found[k] - both))];

    /// <summary>The mean over the classes that have pixels; NaN where none has.</summary>
    public double Mean => ByClass.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The smallest of those.</summary>
    public double Worst => ByClass.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Min();

    /// <summary>The share of the pixels with a class whose class is found.</summary>
    public double PixelAccuracy => (double)_both.Sum() / _labelled.Sum();

    /// <summary>
    /// For each sample and class how many pixels are of it and found, are of it, and are found; float32 [n, 3 · classes], in three parts. A sample has at most 2^20 pixels, so that the numbers are exact.
    /// </summary>
    /// <param name="found">The classes found, int64 [n, height, width].</param>
    /// <param name="masks">Those that are, of the same shape.</param>
    /// <param name="known">Which pixels have a class, bool of the same shape.</param>
    /// <param name="classes">How many classes there are.</param>
    public static Tensor Of(Tensor found, Tensor masks, Tensor known, int classes)
    {
        using var scope = NewDisposeScope();
        var counted = known.flatten(1).to(ScalarType.Float32);
        var (guess, truth) = (found.flatten(1), (masks * known).flatten(1));
        return cat([Count(truth, counted * guess.eq(truth)), Count(truth, counted), Count(guess, counted)], 1).MoveToOuterDisposeScope();

        Tensor Count(Tensor labels, Tensor weights) => zeros([labels.size(0), classes], ScalarType.Float32, labels.device).scatter_add_(1, labels, weights);
    }
}
