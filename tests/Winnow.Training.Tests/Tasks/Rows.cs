using static TorchSharp.torch;

namespace Winnow.Training.Tests.Tasks;

/// <summary>A TorchSharp data set of rows of three numbers, made from the row's number alone, whose target is a function of them.</summary>
internal sealed class Rows(long count, Func<float[], Tensor> target, Func<long, Dictionary<string, Tensor>, Dictionary<string, Tensor>>? change = null) : utils.data.Dataset
{
    public static float[] Numbers(long row) => [.. Enumerable.Range(0, 3).Select(k => (float)Math.Sin((row * 3) + k + 1))];

    /// <summary>Two classes, told apart by the sum.</summary>
    public static Rows Classes(long count) => new(count, static row => tensor(row.Sum() > 0 ? 1L : 0L));

    /// <summary>Twice the sum, to be regressed.</summary>
    public static Rows Sums(long count) => new(count, static row => tensor(new[] { 2 * row.Sum() }));

    public long Length { get; set; } = count;

    public override long Count => Length;

    public override Dictionary<string, Tensor> GetTensor(long index)
    {
        var item = new Dictionary<string, Tensor> { ["data"] = tensor(Numbers(index)), ["label"] = target(Numbers(index)) };
        return change?.Invoke(index, item) ?? item;
    }
}

/// <summary>A network of one's own.</summary>
internal sealed class RowNetwork : nn.Module<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor> _hidden, _head;

    public RowNetwork(int outputs)
        : base(nameof(RowNetwork))
    {
        (_hidden, _head) = (nn.Linear(3, 16), nn.Linear(16, outputs));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => _head.forward(_hidden.forward(input).tanh());
}
