using System.Globalization;

namespace Winnow.Data.Sources;

// How the columns of float64 values (the channels of images) become float32 without losing what tells samples apart: a column that float32 can't hold well is
// standardised in float64 first, by its own mean and deviation over the file. Training standardises every column anyway, by the training part's statistics, and
// that gives the same whatever was taken off and divided by before.
internal sealed class ColumnScales
{
    // float32 has 24 binary digits. A column must keep ten of them for differences of one deviation.
    private const double MostDeviationsFromZero = 1 << 14;
    private const double Smallest = 1e-30;
    private const int Named = 5;

    private readonly double[] _offset, _scale;
    private readonly int[] _moved;

    private ColumnScales(double[] offset, double[] scale, int[] moved) => (_offset, _scale, _moved) = (offset, scale, moved);

    // Takes nothing off and divides by nothing.
    public static ColumnScales Unchanged(int columns)
    {
        var ones = new double[columns];
        Array.Fill(ones, 1);
        return new(new double[columns], ones, []);
    }

    public int Columns => _offset.Length;

    public bool Changes => _moved.Length > 0;

    // Values lie sample by sample, in each one plane numbers of the first column, then of the second, …
    public static ColumnScales Of(ReadOnlySpan<double> values, int columns, int plane)
    {
        double[] mean = new double[columns], std = new double[columns], largest = new double[columns];
        double count = values.Length / columns;
        for (var i = 0; i < values.Length;)
        {
            for (var column = 0; column < columns; column++)
            {
                double sum = 0;
                for (var k = 0; k < plane; k++, i++)
                {
                    sum += values[i];
                    largest[column] = Math.Max(largest[column], Math.Abs(values[i]));
                }

                mean[column] += sum / count;
            }
        }

        for (var i = 0; i < values.Length;)
        {
            for (var column = 0; column < columns; column++)
            {
                double sum = 0;
                for (var k = 0; k < plane; k++, i++)
                {
                    sum += (values[i] - mean[column]) * (values[i] - mean[column]);
                }

                std[column] += sum / count;
            }
        }

        double[] offsets = new double[columns], scales = new double[columns];
        var moves = new List<int>();
        for (var column = 0; column < columns; column++)
        {
            var deviation = Math.Sqrt(std[column]);

            // What isn't finite is refused later, by its value and place.
            var move = double.IsFinite(deviation) && deviation > 0
                && (largest[column] > float.MaxValue || largest[column] > deviation * MostDeviationsFromZero || deviation < Smallest);
            (offsets[column], scales[column]) = move ? (mean[column], deviation) : (0, 1);
            if (move)
            {
                moves.Add(column);
            }
        }

        return new(offsets, scales, [.. moves]);
    }

    public void Apply(ReadOnlySpan<double> values, int plane, Span<float> target)
    {
        for (var i = 0; i < values.Length;)
        {
            for (var column = 0; column < _offset.Length; column++)
            {
                for (var k = 0; k < plane; k++, i++)
                {
                    target[i] = (float)((values[i] - _offset[column]) / _scale[column]);
                }
            }
        }
    }

    // One sentence on what was moved; null where nothing was.
    public string? Note(string file, string column) => _moved.Length == 0 ? null
        : $"{Sentence(_moved, _offset.Length, column)} of {file} {(_moved.Length == 1 ? "lies" : "lie")} so far from zero for {(_moved.Length == 1 ? "its" : "their")} spread that float32 can't hold {(_moved.Length == 1 ? "it" : "them")}: standardised in float64 first.";

    // One sentence on columns that are the same in all samples; null where there are none.
    public static string? Constant<T>(ReadOnlySpan<T> values, int columns, string file)
        where T : unmanaged, IEquatable<T>
    {
        if (values.Length <= columns)
        {
            return null;
        }

        var constant = new List<int>();
        for (var column = 0; column < columns; column++)
        {
            var i = column + columns;
            while (i < values.Length && values[i].Equals(values[column]))
            {
                i += columns;
            }

            if (i >= values.Length)
            {
                constant.Add(column);
            }
        }

        return constant.Count == 0 ? null : $"{Sentence([.. constant], columns, "column")} of {file} {(constant.Count == 1 ? "is" : "are")} the same in all samples: nothing can be learned from {(constant.Count == 1 ? "it" : "them")}.";
    }

    private static string Sentence(int[] which, int of, string column)
    {
        var word = char.ToUpperInvariant(column[0]) + column[1..];
        return which.Length == of && of > 1
            ? string.Create(CultureInfo.InvariantCulture, $"All {of} {column}s")
            : $"{word}{(which.Length == 1 ? "" : "s")} {string.Join(", ", which.Take(Named))}{(which.Length > Named ? string.Create(CultureInfo.InvariantCulture, $" and {which.Length - Named} more") : "")}";
    }
}
