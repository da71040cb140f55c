using Winnow.Data.Texts;
using Winnow.Records;
using Winnow.Training.Models.Llama;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Generation;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Tasks.Generation;

[Collection(TrainingCollection.Name)]
public sealed class GenerationTests
{
    private static readonly GenerationRecipe s_recipe = SmallTexts.Recipe;

    [Fact]
    public void It_learns_answers_word_for_word()
    {
        var outcome = Run(SmallTexts.Pairs(), s_recipe with { Epochs = 30, LearningRate = 1e-2 });
        var (name, metric) = outcome.Metrics.Deciding!.Value;
        Assert.Equal(("perplexity", false), (name, metric.HigherIsBetter));
        Assert.InRange(metric.Value!.Value, 1, 3);
        Assert.Equal(Math.Exp(outcome.TestLoss!.Value), metric.Value.Value, 1e-9);

        // Which verb is drawn; all else follows from the prompt.
        Assert.InRange(outcome.Metrics.Value("exact_match")!.Value, 0.1, 0.8);
        Assert.True(outcome.Visited < outcome.FullVisits);
        Assert.Null(outcome.Accuracy);
        Assert.Equal(0, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Plain_texts_are_judged_by_perplexity_alone()
    {
        var outcome = Run(SmallTexts.Plain(), s_recipe);
        Assert.Null(outcome.Metrics.Value("exact_match"));
        Assert.True(outcome.History[^1].TestLoss < outcome.History[0].TestLoss);
    }

    // An answer whose every token is the likeliest after the tokens before it is what greedy generation gives, and the other way round.
    [Fact]
    public void The_answers_that_count_as_exact_are_those_that_greedy_generation_gives()
    {
        var recipe = s_recipe with { Epochs = 30, LearningRate = 1e-2 };
        var data = SmallTexts.Pairs();
        var outcome = Run(data, recipe);
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        var task = new GenerationTask(data, recipe);
        using var model = (LlamaDecoder)task.CreateModel(CPU);
        var network = new Network(model);
        network.Load(outcome.Weights, "llama");
        network.Forget();
        model.eval();
        var tests = TokenSamples.Of(data.Test, task.Tokenizer, task.Config, recipe, "test");
        var right = Enumerable.Range(0, tests.Count).Count(id =>
        {
            long[] expected = [.. tests[id][tests.Answer(id)..].ToArray().Select(static token => (long)token)];
            List<long> text = [.. tests[id][..tests.Answer(id)].ToArray().Select(static token => (long)token)];
            var before = text.Count;
            while (text.Count - before < expected.Length)
            {
                text.Add(model.Logits(model.Hidden(tensor(text.ToArray()).unsqueeze(0)))[0, -1].argmax().item<long>());
            }

            return text[before..].SequenceEqual(expected);
        });
        Assert.Equal((double)right / tests.Count, outcome.Metrics.Value("exact_match")!.Value, 1e-9);
        Assert.InRange(right, 1, tests.Count - 1);
    }

    [Fact]
    public void Samples_are_the_tokens_between_begin_and_end_and_answers_are_what_is_predicted()
    {
        var task = new GenerationTask(SmallTexts.Pairs(), s_recipe with { Context = 64 });
        var (samples, tokenizer) = (task.Train, task.Tokenizer);
        for (var id = 0; id < samples.Count; id++)
        {
            var (prompt, text) = SmallTexts.Pairs().Train[id];
            int[] tokens = [.. samples[id]];
            Assert.Equal((0, 0), (tokens[0], tokens[^1]));
            Assert.Equal(prompt + "\n", tokenizer.Decode(tokens.AsSpan(1, samples.Answer(id) - 1)));
            Assert.Equal(text, tokenizer.Decode(tokens.AsSpan(samples.Answer(id))));
            Assert.Equal(task.Sizes.Span[id], tokenizer.Encode(text).Length + 1);
        }

        using var scope = NewDisposeScope();
        using var pass = task.OpenTrain(CPU, MemoryLayout.Contiguous).Read(new[] { 3, 0 }, null);
        var batch = pass.Take(0, 2);
        Assert.Equal(0, batch[Batch.Input].size(1) % 16);
        Assert.Equal(samples.Size(3), (int)batch[Batch.Target][0].ne(-100).sum().item<long>());
        Assert.Equal(samples.Length(3) - 1, (int)batch[TokenReader.Length][0].item<long>());
    }

    [Fact]
    public void A_text_longer_than_the_context_is_split_so_that_each_token_is_predicted_once()
    {
        var task = new GenerationTask(SmallTexts.Plain(), s_recipe);
        var samples = task.Train;
        Assert.True(samples.Count > 96);
        Assert.Equal(SmallTexts.Plain().Train.Sum(sample => task.Tokenizer.Encode(sample.Text).Length + 1L), samples.Predicted);
        Assert.All(Enumerable.Range(0, samples.Count), id => Assert.InRange(samples.Length(id), 2, 33));
        Assert.Contains(task.Notes, static note => note.Contains("plain texts were split", StringComparison.Ordinal));
        for (var id = 1; id < samples.Count; id++)
        {
            Assert.True(samples[id][0] == 0 || samples[id][0] == samples[id - 1][^1]);
        }

        var cut = new GenerationTask(SmallTexts.Plain(), s_recipe with { Overlong = "truncate" });
        Assert.Equal(96, cut.Train.Count);
        Assert.Contains(cut.Notes, static note => note.Contains("plain texts lost their end", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(10, 10, 10, 10)]
    [InlineData(40, 4, 29, 4)]
    [InlineData(5, 60, 5, 28)]
    [InlineData(40, 60, 17, 16)]
    public void Of_a_long_pair_the_prompt_keeps_its_end_and_the_answer_its_beginning(int prompt, int answer, int promptKept, int answerKept)
    {
        // One token a letter: begin and line end belong to the prompt, the end to the answer.
        var tokenizer = BytePairTokenizer.Train(["abc"], 257);
        TextSample[] pairs = [new(string.Concat(Enumerable.Range(0, prompt - 2).Select(static k => (char)('a' + (k % 26)))), string.Concat(Enumerable.Range(0, answer - 1).Select(static k => (char)('A' + (k % 26)))))];
        var recipe = s_recipe with { Context = 32 };
        var samples = TokenSamples.Of(pairs, tokenizer, recipe.NewConfig(257, 0), recipe, "pairs");
        Assert.Equal((promptKept, answerKept), (samples.Answer(0), samples.Size(0)));
        int[] tokens = [.. samples[0]];
        Assert.Equal(0, tokens[0]);
        Assert.EndsWith(tokenizer.Decode(tokens.AsSpan(1, promptKept - 1)), pairs[0].Prompt + "\n", StringComparison.Ordinal);
        Assert.StartsWith(tokenizer.Decode(tokens.AsSpan(promptKept)), pairs[0].Text, StringComparison.Ordinal);
        Assert.Equal((0, 0, promptKept < prompt ? 1 : 0, answerKept < answer ? 1 : 0), samples.Overlong);
    }

    [Fact]
    public void The_same_seed_and_going_on_end_with_the_same_bits()
    {
        var weights = Run(SmallTexts.Pairs(), s_recipe).WeightsSha256();
        Assert.Equal(weights, Run(SmallTexts.Pairs(), s_recipe).WeightsSha256());
        Assert.NotEqual(weights, Make(SmallTexts.Pairs(), s_recipe).Run(new TrainingRequest { Method = "infobatch", Seed = 2 }, []).WeightsSha256());
        TaskContract.GoesOnToTheSameBits(static () => Make(SmallTexts.Pairs(), s_recipe), steps: 4);
    }

    [RanksFact]
    public void Ranks_train_it_like_one_process_and_parts_of_batches_like_whole_ones()
    {
        var alone = Run(SmallTexts.Pairs(), s_recipe);
        var many = RankThreads.Run(2, group => Make(SmallTexts.Pairs(), s_recipe).Run(new TrainingRequest { Method = "infobatch" }, [], null, group));
        Assert.Equal((many[0].WeightsSha256(), many[0].Metrics), (many[1].WeightsSha256(), many[1].Metrics));
        Assert.Equal(alone.TestLoss!.Value, many[0].TestLoss!.Value, 1e-3);
        Assert.Equal(alone.TestLoss!.Value, Run(SmallTexts.Pairs(), s_recipe with { MicroBatchSize = 5 }).TestLoss!.Value, 1e-3);
    }

    public static TheoryData<GenerationRecipe, string> Refusals => new()
    {
        { s_recipe with { Augmentation = Augmentation.Parse("flip") }, "Augmentation flip is not none, as texts aren't varied; e.g. none." },
        { s_recipe with { Context = 1 }, "Context 1 is not in [2, 131072]; e.g. 256." },
        { s_recipe with { Vocabulary = 100 }, "Vocabulary 100 is not in [257, 262144]; e.g. 4096." },
        { s_recipe with { Overlong = "cut" }, "Overlong cut is not truncate, split or refuse; e.g. truncate." },
        { s_recipe with { Width = 18 }, "Width 18 is not a multiple of twice the 2 heads; e.g. 16." },
        { s_recipe with { Heads = 3, KeyValueHeads = 2 }, "KeyValueHeads 2 is not a divisor of the 3 heads; e.g. 1." },
        { s_recipe with { Depth = 0 }, "Depth 0 is not in [1, 48]; e.g. 4." },
        { s_recipe with { Subset = 1000 }, "a subset of 1000 samples is more than the 96 training samples of pairs; take at most those." },
        { s_recipe with { Context = 8, Overlong = "refuse" }, "Context 8 is less than the " },
        { s_recipe with { Context = 8, Overlong = "split" }, "Overlong split can't be done with text 1 of pairs, a prompt with its answer of " },
        { s_recipe with { InitialWeights = new("x", "y"), Width = 16, Depth = null, Heads = null, KeyValueHeads = null, Vocabulary = null }, "Width 16 can't be given with the model in x, which has a shape of its own. Leave it out." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_cant_be_is_refused_with_value_rule_and_remedy(GenerationRecipe recipe, string message) =>
        Assert.StartsWith(message, Assert.Throws<RecipeException>(() => new GenerationTask(SmallTexts.Pairs(), recipe)).Message, StringComparison.Ordinal);

    [Fact]
    public void Another_kind_of_data_is_refused()
    {
        Assert.Equal("the task generate needs texts, and quadrants holds images; take other data, or a task that is trained on images.", Assert.Throws<RecipeException>(static () => s_recipe.CreateTask(Small.Images(8, 8))).Message);
        Assert.Equal("the task classify needs images or vectors, and pairs holds texts; take other data, or a task that is trained on texts.", Assert.Throws<RecipeException>(static () => Small.Recipe.CreateTask(SmallTexts.Pairs())).Message);
    }

    [Fact]
    public void Recipes_come_back_from_records_as_what_they_were()
    {
        var recipe = s_recipe with { Subset = 50, Overlong = "truncate", InitialWeights = new("a", "b"), TieEmbeddings = false };
        Assert.Equal(recipe, TaskRecipe.FromRecord(recipe.ToRecord()));
        Assert.Equal(recipe.Settings(), (recipe with { InitialWeights = new("elsewhere", "b") }).Settings());
        Assert.Equal("generate", recipe.ToRecord().Text("task"));
    }

    [Fact]
    public void A_trial_has_the_tokenizer_of_all_texts_and_few_samples()
    {
        var (data, recipe) = (SmallTexts.Pairs(), s_recipe with { BatchSize = 8 });
        var (whole, few) = ((GenerationTask)recipe.CreateTask(data), (GenerationTask)recipe.CreateTaskToTry(data));
        Assert.Equal((whole.Tokenizer.Size, 8), (few.Tokenizer.Size, few.Dataset.Train));
        Assert.Equal(8, few.Sizes.Length);
        Assert.NotEqual(recipe.Effort(data), (recipe with { Context = 16 }).Effort(data));
    }

    private static Trainer Make(TextData data, GenerationRecipe recipe) => new(recipe.CreateTask(data), recipe, CPU);

    private static TrainingOutcome Run(TextData data, GenerationRecipe recipe) => Make(data, recipe).Run(new TrainingRequest { Method = "infobatch" }, []);
}
