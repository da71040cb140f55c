using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Denoising;

/// <summary>
/// Makes images of noise by DDIM without further noise (Song et al., Denoising Diffusion Implicit Models, ICLR 2021, section 4.2, η = 0; sub-sequence of time steps evenly spread): the same noise gives the same
/// image. What is predicted of the clean image is kept in [-1, 1], as the images are.
/// </summary>
/// <param name="schedule">How much noise there is at a time step.</param>
/// <param name="steps">How often the network is asked, 1 to all time steps.</param>
/// <param name="guidance">How much further it is gone in the direction of the class, from what would be predicted without being told it (Ho and Salimans 2022, equation 6); 0 asks once a step, anything else twice.</param>
internal sealed class DiffusionSampler(NoiseSchedule schedule, int steps, double guidance)
{
    /// <summary>The time steps at which the network is asked, from the last to the first.</summary>
    public IReadOnlyList<int> Times { get; } = [.. Enumerable.Range(0, steps).Select(k => steps == 1 ? schedule.Steps - 1 : (int)Math.Round((double)k * (schedule.Steps - 1) / (steps - 1))).Distinct().Reverse()];

    /// <summary>Images in [-1, 1] from noise.</summary>
    /// <param name="predict">The network: images, time steps and classes to their noise.</param>
    /// <param name="noise">Standard normal, [n, channels, rows, columns].</param>
    /// <param name="classes">What they are to show, int64 [n].</param>
    /// <param name="untold">The class that stands for none.</param>
    public Tensor Sample(Func<Tensor, Tensor, Tensor, Tensor> predict, Tensor noise, Tensor classes, int untold)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        var (images, none) = (noise.alias(), full_like(classes, untold));
        for (var k = 0; k < Times.Count; k++)
        {
            using var step = NewDisposeScope();
            var time = full_like(classes, Times[k]);
            var found = predict(images, time, classes);
            if (guidance != 0)
            {
                found = found + ((found - predict(images, time, none)) * guidance);
            }

            var (now, then) = (schedule.AlphaBar(Times[k]), schedule.AlphaBar(k + 1 < Times.Count ? Times[k + 1] : -1));
            var clean = ((images - (found * Math.Sqrt(1 - now))) / Math.Sqrt(now)).clamp(-1, 1);

            // The noise that goes with the image as it was kept.
            var left = (images - (clean * Math.Sqrt(now))) / Math.Sqrt(1 - now);
            images = ((clean * Math.Sqrt(then)) + (left * Math.Sqrt(1 - then))).MoveToOuterDisposeScope();
        }

        return images.MoveToOuterDisposeScope();
    }
}
