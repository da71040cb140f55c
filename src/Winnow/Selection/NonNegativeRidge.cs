namespace Winnow.Selection;

/// <summary>
/// Weights of at least 0 that make ½·wᵀ(K + λI)w − bᵀw least: non-negative least squares with a ridge, given the rows' products K, by an active set (Lawson and Hanson, Solving Least
/// Squares Problems, 1974). Weights are freed one by one, the one first that helps most; the others stay 0.
/// </summary>
internal sealed class NonNegativeRidge
{
    // Rounding of sums of float64, of the largest number of a kind; and of a row's own square, what is left of it where it depends on the rows before.
    private const double Rounding = 1e-10, Dependent = 1e-12;

    private readonly double[] _products, _wanted, _weights;
    private readonly double _ridge, _least;
    private readonly double[][] _factor;
    private readonly List<int> _free = [];
    private readonly bool[] _useless;

    private NonNegativeRidge(double[] products, double[] wanted, double ridge)
    {
        (_products, _wanted, _ridge) = (products, wanted, ridge);
        (_weights, _useless) = (new double[wanted.Length], new bool[wanted.Length]);
        _least = Rounding * wanted.Select(Math.Abs).DefaultIfEmpty(0).Max();
        _factor = [.. wanted.Select(static (_, i) => new double[i + 1])];
    }

    /// <summary>Finds the weights.</summary>
    /// <param name="products">K, [n × n], symmetric, row after row.</param>
    /// <param name="wanted">b, [n].</param>
    /// <param name="ridge">λ, at least 0. Where it is 0, a row that depends on those that are free gets 0.</param>
    /// <param name="stop">Ends the work by an exception.</param>
    public static double[] Solve(double[] products, double[] wanted, double ridge, CancellationToken stop)
    {
        NonNegativeRidge search = new(products, wanted, ridge);
        if (search.AllAtOnce())
        {
            return search._weights;
        }

        // In exact arithmetic each freed weight makes the sum less, so that it ends; where rounding makes it go round in circles, it ends with what there is.
        for (var step = 0; step < (3 * wanted.Length) + 100; step++)
        {
            stop.ThrowIfCancellationRequested();
            var next = search.MostHelpful();
            if (next < 0)
            {
                break;
            }

            if (search.Free(next))
            {
                search.Settle(next);
            }
            else
            {
                search._useless[next] = true;
            }
        }

        return search._weights;
    }

    // Where the weights that are best without a limit are all above 0, they are those with it.
    private bool AllAtOnce()
    {
        var all = Enumerable.Range(0, _weights.Length).All(Free);
        var best = all ? Best() : [];
        if (all && best.All(static weight => weight >= 0))
        {
            best.CopyTo(_weights, 0);
            return true;
        }

        _free.Clear();
        return false;
    }

    private int MostHelpful()
    {
        var (most, lowest) = (-1, -_least);
        for (var i = 0; i < _weights.Length; i++)
        {
            if (_weights[i] == 0 && !_useless[i])
            {
                var slope = WideDots.Of(_products.AsSpan(i * _weights.Length, _weights.Length), _weights) - _wanted[i];
                (most, lowest) = slope < lowest ? (i, slope) : (most, lowest);
            }
        }

        return most;
    }

    // Goes from the weights as they are towards the best of those that are free, as far as none falls below 0; what reaches 0 is no longer free.
    private void Settle(int freed)
    {
        var best = Best();
        if (best[^1] <= 0)
        {
            // By rounding: its slope said that it helps.
            _free.RemoveAt(_free.Count - 1);
            _useless[freed] = true;
            return;
        }

        while (best.Any(static weight => weight <= 0))
        {
            var share = Enumerable.Range(0, best.Length).Where(r => best[r] <= 0).Min(r => _weights[_free[r]] / (_weights[_free[r]] - best[r]));
            for (var r = best.Length - 1; r >= 0; r--)
            {
                ref var weight = ref _weights[_free[r]];
                var reaches = best[r] <= 0 && weight / (weight - best[r]) <= share;
                weight = reaches ? 0 : weight + (share * (best[r] - weight));
                if (reaches)
                {
                    _free.RemoveAt(r);
                    Refactor(r);
                }
            }

            best = Best();
        }

        for (var r = 0; r < best.Length; r++)
        {
            _weights[_free[r]] = best[r];
        }

        Array.Clear(_useless);
    }

    private bool Free(int i)
    {
        _free.Add(i);
        if (Factor(_free.Count - 1))
        {
            return true;
        }

        _free.RemoveAt(_free.Count - 1);
        return false;
    }

    private void Refactor(int from)
    {
        for (var r = from; r < _free.Count; r++)
        {
            Factor(r);
        }
    }

    // A row of the Cholesky factor of the free rows' products.
    private bool Factor(int r)
    {
        var (n, row) = (_weights.Length, _factor[r]);
        for (var c = 0; c < r; c++)
        {
            row[c] = (_products[(_free[r] * n) + _free[c]] - WideDots.Of(row.AsSpan(0, c), _factor[c].AsSpan(0, c))) / _factor[c][c];
        }

        var own = _products[(_free[r] * n) + _free[r]] + _ridge;
        var square = own - WideDots.Of(row.AsSpan(0, r), row.AsSpan(0, r));
        row[r] = Math.Sqrt(Math.Max(square, Dependent * own));
        return square > Dependent * own;
    }

    // The best weights of those that are free, without a limit.
    private double[] Best()
    {
        var best = new double[_free.Count];
        for (var r = 0; r < best.Length; r++)
        {
            best[r] = (_wanted[_free[r]] - WideDots.Of(_factor[r].AsSpan(0, r), best.AsSpan(0, r))) / _factor[r][r];
        }

        for (var r = best.Length - 1; r >= 0; r--)
        {
            best[r] /= _factor[r][r];
            for (var c = 0; c < r; c++)
            {
                best[c] -= _factor[r][c] * best[r];
            }
        }

        return best;
    }
}
