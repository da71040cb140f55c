using Winnow.Torch.Modules;

namespace Winnow.Torch.Models;

/// <summary>Pixels, two hidden layers of 32 × width units with ReLU, logits.</summary>
internal static class Mlp
{
    public static ModelInfo Info { get; } = new("mlp", "two hidden layers of 32 x width units; any image size, quick smoke runs", 8, 1, Build);

    static Sequential Build(ModelShape shape, int width)
    {
        var hidden = 32 * width;
        return new Sequential(
            ("flatten", Function.Flatten()),
            ("hidden1", new Linear(checked(shape.Channels * shape.Height * shape.Width), hidden)),
            ("relu1", Function.Relu()),
            ("hidden2", new Linear(hidden, hidden)),
            ("relu2", Function.Relu()),
            ("head", new Linear(hidden, shape.Classes)));
    }
}
