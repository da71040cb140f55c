using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using Winnow.Networks.Masks;
using Winnow.Training.Models;

namespace Winnow.Training;

/// <summary>What a run begins with in place of its task's own first weights: to train on what another run ended with, what was made smaller, or what a lottery ticket rewinds to.</summary>
/// <param name="Weights">All state of the network by PyTorch's names. Where extents are smaller than the task's network's, that is made as small (<see cref="Winnow.Networks.Shrinking.ShrunkNetwork"/>).</param>
/// <param name="Masks">Weights that are dropped from the first step on, as a part of what the run drops itself; of those that have none, nothing is. Null for none.</param>
public sealed record StartingNetwork(IReadOnlyList<WeightArray> Weights, MaskSet? Masks = null)
{
    /// <summary>Tells it from others: names, types, shapes, bytes and masks.</summary>
    internal string Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var weight in Weights)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{weight.Name} {weight.Description}\n"));
            hash.AppendData(weight.Bytes);
        }

        foreach (var mask in Masks ?? Enumerable.Empty<Mask>())
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{mask.Name} [{string.Join(", ", mask.Shape)}]\n"));
            hash.AppendData(mask.ToPackedBits());
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Gives a new module these weights; it gets as small as they are.</summary>
    /// <exception cref="RecipeException">They are another network's.</exception>
    internal torch.nn.Module Put(torch.nn.Module module, string name) => ModelSource.Put(module, Weights, name, "the run's start", shrink: module is not torch.jit.ScriptModule);
}
