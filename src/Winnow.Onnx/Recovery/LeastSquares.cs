using TorchSharp;
using static TorchSharp.torch;

namespace Winnow.Onnx.Recovery;

/// <summary>
/// Sums over rows of what a smaller layer is given and of what the whole one made of its own, and the weights that come nearest to that: layer-wise least squares, of which
/// the update of optimal brain surgeon is the case that both are given the same (Hassibi and Stork, 1993; Frantar and Alistarh, "SparseGPT", 2023).
/// </summary>
internal sealed class LeastSquares : IDisposable
{
    /// <summary>What is added to the diagonal, as a share of its mean.</summary>
    public const double Damping = 0.01;

    private readonly Tensor _squares, _products, _inputs, _targets;
    private readonly Tensor _allInputs, _allTargets;
    private long _rows, _allRows;

    public LeastSquares(int columns, int outputs)
    {
        Tensor Zeros(params long[] shape) => zeros(shape, float64).DetachFromDisposeScope();
        (_squares, _products, _inputs, _targets, _allInputs, _allTargets) = (Zeros(columns, columns), Zeros(outputs, columns), Zeros(columns), Zeros(outputs), Zeros(columns), Zeros(outputs));
    }

    /// <summary>Takes rows in.</summary>
    /// <param name="inputs">What the smaller layer is given, [samples, places, columns].</param>
    /// <param name="whole">What the whole layer is given, [samples, places, its columns].</param>
    /// <param name="weight">The whole layer's weight, [outputs, its columns].</param>
    /// <param name="places">Places of which products are taken; means are over all.</param>
    public void Add(Tensor inputs, Tensor whole, Tensor weight, Tensor places)
    {
        using var scope = NewDisposeScope();
        _allInputs.add_(inputs.to(float64).sum([0, 1]));
        _allTargets.add_(whole.to(float64).sum([0, 1]).matmul(weight.to(float64).t()));
        _allRows += inputs.shape[0] * inputs.shape[1];
        var rows = inputs.index_select(1, places).flatten(0, 1);
        var targets = whole.index_select(1, places).flatten(0, 1).matmul(weight.t());
        _squares.add_(rows.t().matmul(rows));
        _products.add_(targets.t().matmul(rows));
        _inputs.add_(rows.to(float64).sum([0]));
        _targets.add_(targets.to(float64).sum([0]));
        _rows += rows.shape[0];
    }

    /// <summary>What makes up the mean of the outputs.</summary>
    /// <param name="weight">The smaller layer's weight, [outputs, columns].</param>
    public float[] Bias(Tensor weight)
    {
        using var scope = NewDisposeScope();
        return _allTargets.sub(weight.to(float64).matmul(_allInputs)).div(_allRows).to(float32).data<float>().ToArray();
    }

    /// <summary>The weights that come nearest, beside a bias where there is one.</summary>
    /// <param name="weight">The smaller layer's weight as it is, to which damping draws.</param>
    /// <param name="bias">Whether a bias takes care of the means.</param>
    /// <returns>[outputs, columns]; <paramref name="weight"/> itself where nothing was given.</returns>
    public Tensor Solve(Tensor weight, bool bias)
    {
        var (squares, products) = bias ? (_squares.sub(outer(_inputs, _inputs).div(_rows)), _products.sub(outer(_targets, _inputs).div(_rows))) : (_squares, _products);
        var damping = Damping * squares.diag().mean().ToDouble();
        if (!(damping > 0))
        {
            return weight;
        }

        var damped = squares.add(eye(squares.shape[0], dtype: float64).mul(damping));
        var right = products.add(weight.to(float64).mul(damping));
        return cholesky_solve(right.t(), linalg.cholesky(damped)).t().to(float32);
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { _squares, _products, _inputs, _targets, _allInputs, _allTargets })
        {
            tensor.Dispose();
        }
    }
}
