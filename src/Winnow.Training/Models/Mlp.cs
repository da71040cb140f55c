using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Training.Models;

/// <summary>Pixels, two hidden layers of 32 × width units with ReLU, logits.</summary>
internal static class Mlp
{
    public static ModelInfo Info { get; } = new("mlp", "two hidden layers of 32 x width units; any image size, quick smoke runs", 8, 1, Build);

    private static Module<Tensor, Tensor> Build(ModelShape shape, int width)
    {
        var hidden = 32 * width;
        return Sequential(
            ("flatten", Flatten()),
            ("hidden1", Linear(checked(shape.Channels * shape.Height * shape.Width), hidden)),
            ("relu1", ReLU()),
            ("hidden2", Linear(hidden, hidden)),
            ("relu2", ReLU()),
            ("head", Linear(hidden, shape.Classes)));
    }
}
