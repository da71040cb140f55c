using Module = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;

namespace Winnow.Training.Models;

/// <summary>An entry of the <see cref="ModelCatalog"/>.</summary>
/// <param name="Name">What the model is called by.</param>
/// <param name="Summary">One line: what it is, what for.</param>
/// <param name="DefaultWidth">The width used when none is given.</param>
/// <param name="MinimumSize">The smallest side of an image it can take, in pixels.</param>
/// <param name="Build">Makes the network for a shape and a width.</param>
public sealed record ModelInfo(string Name, string Summary, int DefaultWidth, int MinimumSize, Func<ModelShape, int, Module> Build);
