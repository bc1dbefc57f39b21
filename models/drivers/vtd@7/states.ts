export * from '../../../src/statechart/states.js';
