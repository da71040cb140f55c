using System.Globalization;
using Winnow.Catalog;
using Winnow.Geometry;

namespace Winnow.Selection;

public static partial class SelectorCatalog
{
    /// <summary>Samples whose weighted gradients add up to the mean.</summary>
    public static Method<ISelector> GradMatch => new("gradmatch",
        "Keep of each class the samples whose last-layer gradients, each with its weight, come nearest to the class's mean gradient.",
        "Killamsetty et al., GRAD-MATCH: Gradient Matching based Data Subset Selection for Efficient Deep Model Training, ICML 2021",
        [new("ridge", 1, 0, 1e9, "how much large weights count against the match; gradients far below its root hardly move the weights apart") { Example = "0.5" }],
        static p => new GradMatchSelector { Ridge = p["ridge"] });
}

/// <summary>
/// GradMatch: within each class, orthogonal matching pursuit of the mean gradient b of the last layer, (p − e_y) ⊗ [h; 1] of a sample. Each step keeps the sample whose gradient
/// has the largest product with what is left of b, of equal ones the smaller id, and matches again by least squares with a ridge λ, ‖b − Σ w_s·g_s‖² + λ‖w‖². At the end weights
/// are those of at least 0 that do so best, scaled to the mean 1. Embeddings have to be the last layer's inputs. Scores are the products at the time.
/// </summary>
/// <remarks>
/// Exactly as many samples are kept as are asked for. Some may have weight 0: where the published programs give back fewer than they were asked for, those stay in the selection
/// and count nothing. Where all would (no product is above 0, such as where gradients are all 0), all of the class count the same. m·k numbers of 8 bytes for a class of m samples
/// of which k are kept, O(m·k·(k + classes + width)) steps.
/// </remarks>
public sealed record GradMatchSelector : ISelector
{
    // Of a gradient's own square: what is left below this is rounding, and its direction one that is matched already.
    private const double Rounding = 1e-12;

    /// <summary>λ, at least 0.</summary>
    public double Ridge { get; init; } = 1;

    /// <inheritdoc/>
    public SelectionNeeds Needs => SelectionNeeds.Embeddings | SelectionNeeds.Labels | SelectionNeeds.Probabilities;

    /// <inheritdoc/>
    public bool IsRanked => false;

    /// <inheritdoc/>
    public SampleSelection Select(SelectionInput input, int keep) => ClassWeights.Select(input, keep, Choose);

    private ClassChoice Choose(SelectionInput members, int keep)
    {
        var (count, label) = (members.Count, members.Labels.Span[0]);
        WorkingMemory.Require((8.0 * count * keep) + (12.0 * keep * keep), null, string.Create(CultureInfo.InvariantCulture, $"{keep} of the {count} gradients of class {label}"),
            allowed => string.Create(CultureInfo.InvariantCulture, $"keeping about {(int)(allowed / ((8.0 * count) + (12.0 * keep)))} of them would fit"));
        if ((long)keep * keep > Array.MaxLength)
        {
            throw new SelectionException($"{keep} samples of class {label} are more than can be weighed against each other, at most {(int)Math.Sqrt(Array.MaxLength)}; keep fewer.");
        }

        Pursuit pursuit = new(members, keep, Ridge);
        for (var step = 0; step < keep; step++)
        {
            members.Stop.ThrowIfCancellationRequested();
            pursuit.Take();
        }

        var weights = pursuit.Weights();
        if (!weights.Any(static weight => weight > 0))
        {
            Array.Fill(weights, 1);
        }

        return new(pursuit.Places, weights, pursuit.Products);
    }

    /// <summary>
    /// The pursuit as a Cholesky factorisation that grows by a row a step. Row j of the factor holds what gradient j has in common with each kept one after those before it, so
    /// that a step's solution costs a product of two rows a sample, and what is left of b is known by its products with all gradients.
    /// </summary>
    private sealed class Pursuit
    {
        private readonly SelectionInput _members;
        private readonly double _ridge;
        private readonly int _classes;
        private readonly float[] _residuals;
        private readonly double[][] _factor;
        private readonly double[] _wanted, _left;
        private readonly bool[] _taken;
        private int _count;

        public Pursuit(SelectionInput members, int keep, double ridge)
        {
            (_members, _ridge, _classes) = (members, ridge, LastLayer.Classes(members));
            _residuals = LastLayer.Residuals(members);
            _factor = [.. Enumerable.Range(0, members.Count).Select(_ => new double[keep])];
            _wanted = LastLayer.Products(members, LastLayer.Mean(members));
            (_left, _taken) = ((double[])_wanted.Clone(), new bool[members.Count]);
            (Places, Products) = (new int[keep], new float[keep]);
        }

        public int[] Places { get; }

        public float[] Products { get; }

        public void Take()
        {
            var best = -1;
            for (var i = 0; i < _left.Length; i++)
            {
                best = !_taken[i] && (best < 0 || _left[i] > _left[best]) ? i : best;
            }

            var step = _count++;
            (_taken[best], Places[step], Products[step]) = (true, best, (float)_left[best]);
            var row = _factor[best].AsSpan(0, step).ToArray();
            var own = Product(best, best) + _ridge;
            var square = own - WideDots.Of(row, row);
            if (square <= Rounding * own)
            {
                return;
            }

            var length = Math.Sqrt(square);
            var part = _left[best] / length;
            LastLayer.Pieces(_left.Length, _members.Threads, i =>
            {
                // Of those that are taken nothing is asked any more.
                if (_taken[i])
                {
                    return;
                }

                var common = (Product(i, best) - WideDots.Of(_factor[i].AsSpan(0, step), row)) / length;
                _factor[i][step] = common;
                _left[i] -= common * part;
            });
        }

        public double[] Weights()
        {
            var n = Places.Length;
            var products = new double[n * n];
            LastLayer.Pieces(n, _members.Threads, i =>
            {
                // Symmetric to the bit.
                for (var j = 0; j <= i; j++)
                {
                    products[(i * n) + j] = products[(j * n) + i] = Product(Places[i], Places[j]);
                }
            });
            return NonNegativeRidge.Solve(products, [.. Places.Select(place => _wanted[place])], _ridge, _members.Stop);
        }

        private double Product(int i, int j)
        {
            var width = _members.Embeddings!.Width;
            var rows = _members.Embeddings.Rows(0, _members.Count);
            return WideDots.Of(_residuals.AsSpan(i * _classes, _classes), _residuals.AsSpan(j * _classes, _classes))
                * (WideDots.Of(rows.Slice(i * width, width), rows.Slice(j * width, width)) + 1);
        }
    }
}
